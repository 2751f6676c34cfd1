import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { release } from '../pins.ts';
import { assets, etcdSuits } from './assets.ts';
import { cache, cacheFolder, install, withWorkFolder } from './cache.ts';
import { resolveBinaries, SOURCES } from './resolve.ts';
import type { Component, Source, Want } from './source.ts';

const base = mkdtempSync(join(tmpdir(), 'sallyport-binaries-'));
after(() => rmSync(base, { recursive: true, force: true }));

let count = 0;
function newEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  count += 1;
  return { XDG_CACHE_HOME: join(base, `cache-${count}`), PATH: '/usr/bin:/bin', ...more };
}

function program(path: string, says: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return path;
}

/** A source that installs what it holds into the cache, as those that build do. */
function builder(name: string, holds: Component[], log: string[] = []): Source {
  return {
    name,
    needsLock: true,
    find: async (want) => {
      log.push(`${name}: ${want.components.join(', ')}`);
      const built = want.components.filter((component) => holds.includes(component));
      const found = built.map((component) => {
        const file = program(join(base, 'built', component), name);
        return { component, path: install(want, component, file, name), source: name };
      });
      const refused = `${name} has not all`;
      return built.length === want.components.length ? { found } : { found, refused };
    },
  };
}

test('the sources are asked in the order of the design', () => {
  assert.deepEqual(
    SOURCES.map(({ name }) => name),
    [
      'KUBEBUILDER_ASSETS',
      'cache',
      'the installed etcd',
      'the envtest archive',
      'a build from Go modules',
      "a build from Debian's source package",
    ],
  );
});

test('a later source is asked only for what the earlier ones lack', async () => {
  const log: string[] = [];
  const binaries = await resolveBinaries({
    version: '1.36',
    node: 'no',
    env: newEnv(),
    sources: [
      cache,
      builder('first', ['etcd', 'kube-apiserver'], log),
      builder('second', ['kube-controller-manager', 'kubectl'], log),
    ],
  });
  assert.deepEqual(log, [
    'first: etcd',
    'first: kube-apiserver, kube-controller-manager',
    'second: kube-controller-manager',
    'first: kubectl',
    'second: kubectl',
  ]);
  assert.equal(binaries.sources['kube-controller-manager'], 'second');
  assert.deepEqual(binaries.missing, {});
});

test('what was built once comes from the cache the next time', async () => {
  const env = newEnv();
  const all: Component[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'];
  await resolveBinaries({ node: 'no', env, sources: [cache, builder('b', all)] });
  const log: string[] = [];
  const again = await resolveBinaries({
    node: 'no',
    env,
    sources: [cache, builder('b', all, log)],
  });
  assert.deepEqual(log, []);
  assert.equal(again.sources.etcd, 'the cache (b)');
});

test('two that need the same build do it once', async () => {
  const env = newEnv();
  const log: string[] = [];
  const all: Component[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'];
  const waits: string[] = [];
  const options = {
    node: 'no' as const,
    env,
    sources: [cache, builder('b', all, log)],
    progress: (line: string) => waits.push(line),
  };
  await Promise.all([resolveBinaries(options), resolveBinaries(options)]);
  assert.deepEqual(log, ['b: etcd', 'b: kube-apiserver, kube-controller-manager', 'b: kubectl']);
});

test('where nothing serves, one message names each source with its reason, and what to do', async () => {
  const refusing = (name: string, reason: string): Source => ({
    name,
    needsLock: false,
    find: async () => ({ found: [], refused: reason }),
  });
  await assert.rejects(
    resolveBinaries({
      env: newEnv(),
      node: 'no',
      sources: [refusing('one', 'not set'), refusing('two', 'there is no go in PATH')],
    }),
    ({ message }: Error) => {
      assert.match(message, /no etcd of Kubernetes v1\.36\.\d+ .*Tried, in this order:/);
      assert.match(message, /- one: not set\n {2}- two: there is no go in PATH\n/);
      assert.match(message, /no etcd of Kubernetes v1\.20\.2/);
      assert.match(message, /set KUBEBUILDER_ASSETS to a folder/);
      return true;
    },
  );
});

test('a lab can do without controllers, and without kubelet where pods are only wanted', async () => {
  const sources = [cache, builder('b', ['etcd', 'kube-apiserver'])];
  const binaries = await resolveBinaries({ node: 'wanted', env: newEnv(), sources });
  assert.match(binaries.missing['kube-controller-manager'] ?? '', /b has not all/);
  assert.match(binaries.missing.kubelet ?? '', /b has not all/);
  await assert.rejects(
    resolveBinaries({ node: 'needed', env: newEnv(), sources }),
    /kube-scheduler, kubelet/,
  );
});

test('KUBEBUILDER_ASSETS serves programs of the wanted minor version, and says why not others', async () => {
  const folder = join(base, 'assets');
  program(join(folder, 'etcd'), 'etcd Version: 3.6.1');
  program(join(folder, 'kube-apiserver'), 'Kubernetes v1.31.0');
  program(join(folder, 'kubectl'), 'Client Version: v1.36.9');
  const answer = await assets.find({
    ...want(newEnv({ KUBEBUILDER_ASSETS: folder })),
    components: ['etcd', 'kube-apiserver', 'kubectl', 'kubelet'],
  });
  assert.deepEqual(
    answer.found.map(({ component }) => component),
    ['etcd', 'kubectl'],
  );
  assert.equal(
    answer.refused,
    `${folder}/kube-apiserver is of Kubernetes 1.31, not 1.36; ${folder} holds no kubelet`,
  );
});

test('a build that fails leaves nothing in the cache that could be taken for a program', async () => {
  const env = newEnv();
  const failing = withWorkFolder(want(env), 'etcd', async (folder) => {
    writeFileSync(join(folder, 'etcd'), 'half');
    throw new Error('stopped');
  });
  await assert.rejects(failing, /stopped/);
  assert.deepEqual(readdirSync(want(env).cache), []);
  const answer = await cache.find({ ...want(env), components: ['etcd'] });
  assert.deepEqual(answer.found, []);
});

test('the work folder that a killed build left is removed by the next', async () => {
  const env = newEnv();
  const left = join(want(env).cache, 'work-etcd-left');
  mkdirSync(left, { recursive: true });
  await withWorkFolder(want(env), 'etcd', async () => {});
  assert.equal(existsSync(left), false);
});

test('the cache is below XDG_CACHE_HOME, or below ~/.cache where that is not an absolute path', () => {
  assert.match(cacheFolder('v1', { XDG_CACHE_HOME: '/c' }), /^\/c\/sallyport\/lab\/v1-/);
  for (const relative of [undefined, '', 'c']) {
    const env = { HOME: '/h', ...(relative === undefined ? {} : { XDG_CACHE_HOME: relative }) };
    assert.match(cacheFolder('v1', env), /^\/h\/\.cache\/sallyport\/lab\/v1-/);
  }
});

function want(env: NodeJS.ProcessEnv): Want {
  const wanted = release('1.36');
  return {
    release: wanted,
    components: [],
    cache: cacheFolder(wanted.version, env),
    progress: () => {},
    env,
  };
}

test('an etcd is taken only where watches work with it', () => {
  for (const [version, release, suits] of [
    ['3.4.23', '1.20', true],
    ['3.4.23', '1.36', false],
    ['3.4.31', '1.36', true],
    ['3.5.12', '1.36', false],
    ['3.5.13', '1.36', true],
    ['3.6.0', '1.36', true],
    ['3.3.27', '1.20', false],
    ['2.3.8', '1.20', false],
  ] as const) {
    assert.equal(etcdSuits(version, release), suits, `${version} for ${release}`);
  }
});
