import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePorts } from '../ports.ts';
import { envtestFrom } from './envtest.ts';
import { platform, type Want } from './source.ts';

const base = mkdtempSync(join(tmpdir(), 'sallyport-envtest-'));
const { os, arch } = platform();
const name = `envtest-v1.36.9-${os}-${arch}.tar.gz`;
let archive: Buffer;
let url: string;
const server = createServer((request, response) => {
  if (request.url === `/envtest-v1.36.9/${name}`) response.end(archive);
  else response.writeHead(404).end();
});

before(async () => {
  const folder = join(base, 'controller-tools', 'envtest');
  mkdirSync(folder, { recursive: true });
  for (const program of ['etcd', 'kube-apiserver', 'kubectl']) {
    writeFileSync(join(folder, program), '#!/bin/sh\n', { mode: 0o755 });
  }
  execFileSync('tar', ['-czf', join(base, 'a.tgz'), '-C', base, 'controller-tools']);
  archive = readFileSync(join(base, 'a.tgz'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.close();
  rmSync(base, { recursive: true, force: true });
});

function want(sha512: string): Want {
  return {
    release: {
      name: '1.36',
      version: 'v1.36.9',
      envtest: { version: 'v1.36.9', sha512: { [`${os}-${arch}`]: sha512 } },
    },
    components: ['kube-apiserver', 'kube-controller-manager'],
    cache: mkdtempSync(join(base, 'cache-')),
    progress: () => {},
    env: {},
  };
}

test('an archive with the pinned sum is unpacked into the cache; what it lacks is said', async () => {
  const wanted = want(createHash('sha512').update(archive).digest('hex'));
  const answer = await envtestFrom(url).find(wanted);
  assert.deepEqual(
    answer.found.map(({ component, path }) => [component, path]),
    [['kube-apiserver', join(wanted.cache, 'bin', 'kube-apiserver')]],
  );
  assert.equal(answer.refused, 'holds no kube-controller-manager');
});

test('an archive with another sum is refused, and nothing of it is kept', async () => {
  const answer = await envtestFrom(url).find(want('0'.repeat(128)));
  assert.deepEqual(answer.found, []);
  assert.match(answer.refused ?? '', /has SHA-512 .*, not the pinned one/);
});

test('an address that refuses, and an archive that is not there, are reasons and no errors', async () => {
  const [closed] = await freePorts(1);
  const refused = await envtestFrom(`http://127.0.0.1:${closed}`).find(want('0'));
  assert.match(refused.refused ?? '', /cannot be downloaded: .*ECONNREFUSED/);
  const missing = await envtestFrom(`${url}/elsewhere`).find(want('0'));
  assert.equal(missing.refused, 'cannot be downloaded: answers 404');
});
