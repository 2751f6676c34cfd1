import assert from 'node:assert/strict';
import type { Capability } from '../../judge.ts';
import type { Person, Scene } from '../../scene.ts';
import { says } from '../says.ts';
import { background, kubectl, ok } from './kubectl.ts';

/**
 * What kubectl reads: all of it must be what the API server says directly.
 *
 * @param minor kubectl's minor version
 */
export function reads(minor: number): Array<Capability<Scene>> {
  const old = minor <= 20;
  return [
    {
      name: 'version',
      run: async (scene) => {
        const said = JSON.parse(await ok(scene, ['version', '-o', 'json']));
        assert.equal(said.serverVersion.gitVersion, scene.kubernetes);
      },
    },
    same('api-resources', ['api-resources', '--no-headers', '--sort-by=name']),
    same('api-versions', ['api-versions']),
    same('explain', ['explain', 'pod.spec.containers']),
    {
      name: 'get (table)',
      sameAsDirect: true,
      run: async (scene) => {
        const table = await ok(scene, ['get', 'configmap', scene.configMap]);
        assert.match(table, /^NAME +DATA +AGE\n/);
        // The age is another a second later.
        return table.replace(/\S+\n$/, 'AGE\n');
      },
    },
    same('get -o yaml', (scene) => ['get', 'configmap', scene.configMap, '-o', 'yaml']),
    same('get --raw', (scene) => [
      ...['get', '--raw'],
      `/api/v1/namespaces/${scene.namespace}/configmaps/${scene.configMap}`,
    ]),
    {
      name: 'get --raw, with the server’s whole path',
      // kubernetes/kubernetes#131165
      ...(minor >= 34
        ? { lacking: 'since 1.34 the path is added by kubectl; see the row above' }
        : {}),
      run: async (scene) => {
        const path = `/api/v1/namespaces/${scene.namespace}/configmaps/${scene.configMap}`;
        const text = await ok(scene, ['get', '--raw', `${await serverPath(scene)}${path}`]);
        assert.equal(JSON.parse(text).kind, 'ConfigMap');
      },
    },
    {
      name: 'get --raw, environments named in TLS',
      run: async (scene) => {
        const path = `/api/v1/namespaces/${scene.namespace}/configmaps/${scene.configMap}`;
        const text = await ok(scene, ['get', '--raw', path], { as: 'named' });
        assert.equal(JSON.parse(text).kind, 'ConfigMap');
      },
    },
    same('get of what is not there', ['get', 'configmap', 'there-is-none'], 1),
    {
      name: 'get -w',
      run: async (scene) => {
        const watch = background(scene, ['get', 'configmaps', '-w', '-o', 'name']);
        await says(watch, new RegExp(`configmap/${scene.configMap}\n`));
        const name = scene.unique('watched');
        const seen = says(watch, new RegExp(`configmap/${name}\n`));
        await ok(scene, ['create', 'configmap', name]);
        await seen;
      },
    },
    large('get of 3,000 objects, in pages', []),
    large('get of 3,000 objects, at once', ['--chunk-size=0']),
    {
      name: 'auth can-i --list',
      run: async (scene) => {
        assert.match(await ok(scene, ['auth', 'can-i', '--list']), /configmaps/);
        assert.match(
          await ok(scene, ['auth', 'can-i', '--list'], { as: 'clusterAdmin' }),
          /\*\.\* +\[] +\[] +\[\*]/,
        );
      },
    },
    {
      name: 'auth whoami',
      ...(old ? { lacking: 'kubectl 1.20 has no `auth whoami`' } : {}),
      run: async (scene) => {
        const { status } = JSON.parse(await ok(scene, ['auth', 'whoami', '-o', 'json']));
        if (scene.road === 'gateway') assert.equal(status.userInfo.username, 'sallyport:developer');
      },
    },
    {
      name: 'proxy',
      run: (scene) => proxied(scene, [], ''),
    },
    {
      name: 'proxy, environments named in TLS',
      run: (scene) => proxied(scene, [], '', 'named'),
    },
    {
      name: 'proxy --append-server-path',
      ...(old ? { lacking: 'kubectl 1.20 has no `--append-server-path`' } : {}),
      run: (scene) => proxied(scene, ['--append-server-path'], ''),
    },
    {
      name: 'proxy, asked with the server’s whole path',
      run: async (scene) => proxied(scene, [], await serverPath(scene)),
    },
  ];
}

/** A call whose output and exit code must be the direct ones. */
function same(
  name: string,
  args: readonly string[] | ((scene: Scene) => readonly string[]),
  code = 0,
): Capability<Scene> {
  return {
    name,
    sameAsDirect: true,
    run: async (scene) => {
      const words = typeof args === 'function' ? args(scene) : args;
      const ended = await kubectl(scene, words, { as: 'clusterAdmin' });
      assert.equal(ended.code, code, ended.stderr);
      return code === 0 ? ended.stdout.toString() : ended.stderr;
    },
  };
}

function large(name: string, flags: readonly string[]): Capability<Scene> {
  return {
    name,
    sameAsDirect: true,
    run: async (scene) => {
      const args = ['get', 'configmaps', '-l', 'bulk=yes', '-o', 'json', ...flags];
      const text = await ok(scene, [...args, '--namespace', scene.bulkNamespace]);
      assert.equal(JSON.parse(text).items.length, scene.bulkCount);
      return text;
    },
  };
}

/** A plain answer and the first event of a watch, through `kubectl proxy`. */
async function proxied(
  scene: Scene,
  flags: readonly string[],
  prefix: string,
  as?: Person,
): Promise<void> {
  const proxy = background(scene, ['proxy', '--port=0', ...flags], as && { as });
  const [, address] = await says(proxy, /Starting to serve on (\S+)/);
  const maps = `http://${address}${prefix}/api/v1/namespaces/${scene.namespace}/configmaps`;
  const one = await fetch(`${maps}/${scene.configMap}`);
  const text = await one.text();
  assert.equal(one.status, 200, `it answered ${one.status}: ${text}`);
  assert.equal(JSON.parse(text).kind, 'ConfigMap');
  const watch = await fetch(`${maps}?watch=true&resourceVersion=0`);
  const reader = watch.body?.getReader();
  const first = await reader?.read();
  assert.match(new TextDecoder().decode(first?.value), /^{"type":"ADDED"/);
  await reader?.cancel();
}

/** The path of the server's address in the kubeconfig; empty where it has none. */
async function serverPath(scene: Scene): Promise<string> {
  const view = ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'];
  return new URL(await ok(scene, view)).pathname.replace(/\/$/, '');
}
