import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CallInput } from '@sallyport/contract';
import { type Bench, startBench } from './bench.ts';

const MANIFEST = new URL('../../deploy/serviceaccount.yaml', import.meta.url).pathname;
type Asked = NonNullable<CallInput<'manifests.onboarding'>['query']>;

describe("Sallyport's ServiceAccount in a cluster", () => {
  let bench: Bench;
  let cluster: string;
  let userId: number;

  before(async () => {
    bench = await startBench({ lab: { pods: 'off' } });
    cluster = await bench.save(bench.lab.adminKubeconfig);
    userId = (await bench.admin.call('auth.me')).id;
  });
  after(async () => {
    if (!bench) return;
    await bench.kubectl(cluster, 'delete', '-f', MANIFEST, '--wait=false', '--ignore-not-found');
    await bench.close();
  });

  /** Runs the command as a cluster's admin does. @returns the kubeconfig that it prints */
  async function onboard(query: Asked): Promise<string> {
    const { command } = await bench.admin.call('manifests.onboarding', { query });
    const { kubectl = 'kubectl' } = bench.lab;
    const PATH = `${dirname(kubectl)}:${process.env.PATH}`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      env: { ...process.env, PATH, KUBECONFIG: cluster },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  /** What is missing, by the connection test; the environment stays for the rest of a test. */
  async function register(name: string, kubeconfig: string, rbac: 'managed' | 'external') {
    const { id, check } = await bench.admin.call('environments.create', {
      body: { name, rbac, kubeconfig },
    });
    assert.deepEqual(
      check.findings.filter(({ level }) => level !== 'info'),
      [],
    );
    return { id, notes: check.findings, [Symbol.asyncDispose]: () => remove(id) };
  }
  const remove = async (id: number) => {
    await bench.admin.call('environments.delete', { params: { id } });
  };

  async function grant(environmentId: number, role: string, namespaces?: string[]) {
    const { bindings } = await bench.admin.call('grants.create', {
      body: {
        userId,
        environmentIds: [environmentId],
        role,
        ...(namespaces ? { namespaces } : {}),
      },
    });
    return bindings[0]?.state;
  }

  async function works(args: readonly string[], kubeconfig: string) {
    const { code, stderr } = await bench.kubectl(kubeconfig, ...args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  }

  /** Runs the commands that the head of a file of manifests shows. */
  async function applied(manifests: string) {
    const commands = [...readFileSync(manifests, 'utf8').matchAll(/^# {3}kubectl (.+)$/gm)];
    assert.equal(commands.length, 3);
    for (const [, command = ''] of commands)
      await works(command.replace('<this file>', manifests).split(' '), cluster);
  }

  it('has by deploy/serviceaccount.yaml all that is needed for grants', async () => {
    await works(['apply', '-f', MANIFEST], cluster);
    const kubeconfig = await onboard({ impersonation: 'full' });
    await using made = await register('by manifest', kubeconfig, 'managed');
    assert.equal(await grant(made.id, 'edit', ['default']), 'applied');
    const mine = await bench.save(await bench.admin.call('kubeconfigs.download'));
    await works(['get', 'configmaps', '-n', 'default'], mine);
  });

  it('can by itself read nothing but namespaces and nodes', async () => {
    const own = await bench.save(await onboard({ impersonation: 'full' }));
    for (const resource of ['namespaces', 'nodes']) await works(['get', resource], own);
    for (const resource of ['secrets', 'pods', 'configmaps', 'serviceaccounts', 'clusterroles']) {
      const { stderr } = await bench.kubectl(own, 'get', resource, '-A');
      assert.match(stderr, /is forbidden/, resource);
    }
  });

  it('needs constrained impersonation only, where the cluster has it', async () => {
    const kubeconfig = await onboard({});
    await using made = await register('constrained', kubeconfig, 'managed');
    assert.deepEqual(
      made.notes.map(({ message }) => message.replace(/, so .*/, '')),
      ['The credential may not list, create, update, delete, escalate, bind clusterroles'],
    );
    assert.equal(await grant(made.id, 'cluster-admin'), 'applied');
    const mine = await bench.save(await bench.admin.call('kubeconfigs.download'));
    const name = `constrained-${process.pid}`;
    await works(['create', 'configmap', name, '--from-literal=a=b', '-n', 'default'], mine);
    await works(['label', 'configmap', name, 'seen=yes', '-n', 'default'], mine);
    await works(['get', 'configmap', name, '-n', 'default', '-o', 'yaml'], mine);
    await works(['delete', 'configmap', '-l', 'seen=yes', '-n', 'default'], mine);
    await works(['get', '--raw', '/livez'], mine);
    await works(['api-resources'], mine);
    const whoami = await bench.kubectl(mine, 'auth', 'whoami', '-o', 'yaml');
    assert.match(whoami.stdout, /username: sallyport:admin/);

    const own = await bench.save(kubeconfig);
    for (const as of [
      ['--as=sallyport:admin', '--as-group=system:masters'],
      ['--as=system:serviceaccount:kube-system:default'],
      ['--as=system:serviceaccount:kube-system:default', '--as-group=x'],
      ['--as=system:node:lab-node'],
    ]) {
      const { code, stderr } = await bench.kubectl(own, 'get', 'namespaces', ...as);
      assert.notEqual(code, 0, as.join(' '));
      assert.match(stderr, /forbidden/i, as.join(' '));
    }
    const nobody = await bench.kubectl(own, 'get', 'namespaces', '--as=sallyport:x');
    assert.match(nobody.stderr, /User "sallyport:x" cannot list/);
  });

  it('in external mode binds nothing, and with names is nobody but those who exist', async () => {
    const kubeconfig = await onboard({ rbac: 'external', named: 'true' });
    await using made = await register('external', kubeconfig, 'external');
    const own = await bench.save(kubeconfig);
    const binding = ['create', 'clusterrolebinding', 'x', '--clusterrole=view', '--user=x'];
    assert.match((await bench.kubectl(own, ...binding)).stderr, /is forbidden/);
    const review = ['auth', 'can-i', 'get', 'pods'];
    const asAdmin = await bench.kubectl(own, ...review, '--as=sallyport:admin');
    assert.equal(asAdmin.stdout.trim(), 'no', asAdmin.stderr);
    const asOther = await bench.kubectl(own, ...review, '--as=sallyport:eve');
    assert.match(asOther.stderr, /cannot impersonate/);
    assert.equal(await grant(made.id, 'view'), 'external');
    const mine = await bench.save(await bench.admin.call('kubeconfigs.download'));
    const read = await bench.kubectl(mine, 'get', 'pods');
    assert.match(read.stderr, /User "sallyport:admin" cannot list resource "pods"/);
  });

  it('in external mode leaves the bindings to the owner, whom it tells what to apply', async () => {
    const run = `owned-${process.pid}`;
    await bench.namespace(run);
    const dana = await bench.join('dana');
    const made = await register('owned', await onboard({ rbac: 'external' }), 'external');
    const role = await bench.admin.call('roles.create', {
      body: {
        name: 'config reader',
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
      },
    });
    const environmentIds = [made.id];
    const team = await bench.admin.call('teams.create', { body: { name: run } });
    await bench.admin.call('teams.addMember', {
      params: { id: team.id },
      body: { userId: dana.id },
    });
    const grants: Array<CallInput<'grants.create'>['body']> = [
      { userId: dana.id, environmentIds, roleId: role.id, namespaces: [run] },
      { teamId: team.id, environmentIds, role: 'view', namespaces: ['kube-public'] },
    ];
    for (const body of grants) await bench.admin.call('grants.create', { body });
    const mine = await bench.save(await dana.person.call('kubeconfigs.download'));
    const can = async (...args: string[]) =>
      (await bench.kubectl(mine, 'auth', 'can-i', ...args)).stdout.trim();
    assert.equal(await can('list', 'configmaps', '-n', run), 'no');

    const params = { id: made.id };
    const answer = await bench.admin.call('manifests.download', { params });
    assert.equal(answer.headers.get('content-type'), 'application/yaml');
    const manifests = await bench.save(answer);
    await applied(manifests);
    assert.equal(await can('list', 'configmaps', '-n', run), 'yes');
    assert.equal(await can('list', 'pods', '-n', 'kube-public'), 'yes');
    for (const other of [
      ['delete', 'configmaps', '-n', run],
      ['list', 'pods', '-n', run],
      ['list', 'configmaps', '-n', 'default'],
      ['list', 'configmaps', '-A'],
      ['create', 'pods', '-n', 'kube-public'],
    ]) {
      assert.equal(await can(...other), 'no', other.join(' '));
    }

    const ended = (await bench.admin.call('grants.list', { query: { userId: dana.id } })).items;
    for (const { id } of ended) await bench.admin.call('grants.delete', { params: { id } });
    const later = await bench.save(await bench.admin.call('manifests.download', { params }));
    await applied(later);
    assert.equal(await can('list', 'configmaps', '-n', run), 'no');
    assert.equal(await can('list', 'pods', '-n', 'kube-public'), 'yes');
    const left = ['get', 'clusterroles,rolebindings', '-A', '-l', 'app.kubernetes.io/part-of'];
    const { stdout } = await bench.kubectl(cluster, ...left, '-o', 'name');
    assert.deepEqual(stdout.trim().split('\n'), [
      'rolebinding.rbac.authorization.k8s.io/sallyport:role:view',
    ]);
    await works(['delete', '-f', later, '--wait=false'], cluster);
    await remove(made.id);
  });
});
