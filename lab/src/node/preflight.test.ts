import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPodTools } from './preflight.ts';

test('missing programs are named, each with the Debian package that has it', async (t) => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    t.skip('other reasons come first where this is not root on Linux');
    return;
  }
  const reason = await findPodTools({ PATH: '/nowhere' }, { programs: [], cni: ['/nowhere'] });
  assert.equal(typeof reason, 'string');
  for (const part of [
    'containerd, ctr, containerd-shim-runc-v2 (containerd)',
    'runc (runc)',
    'busybox (busybox-static)',
    'ip (iproute2)',
    'the CNI plugins bridge, host-local and loopback (containernetworking-plugins)',
  ]) {
    assert.ok(String(reason).includes(part), `${part} in ${String(reason)}`);
  }
});
