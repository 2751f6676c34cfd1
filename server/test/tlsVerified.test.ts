import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startFakeServer } from '../src/environments/fakeServer.ts';
import { eventually } from '../src/store/testing.ts';
import { startServer } from './server.ts';

it('an audit webhook that cannot prove who it is hears nothing, whatever Node is told', async (t) => {
  let asked = 0;
  const webhook = await startFakeServer((_, response) => {
    asked += 1;
    response.end();
  });
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-verified-'));
  const server = await startServer(folder, ['--audit-webhook-url', webhook.url], {
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  });
  t.after(async () => {
    await server.kill('SIGTERM');
    await webhook.close();
    rmSync(folder, { recursive: true });
  });
  assert.match(server.log(), /NODE_TLS_REJECT_UNAUTHORIZED has no effect on Sallyport/);
  const admin = server.person();
  const body = { token: server.setupToken ?? '', username: 'ada', password: 'twelve or more' };
  await admin.call('setup.complete', { body });
  await admin.close();
  await eventually(() => /an audit sink is not reached/.test(server.log()));
  assert.match(server.log(), /"sink":"webhook"/);
  assert.equal(asked, 0);
});
