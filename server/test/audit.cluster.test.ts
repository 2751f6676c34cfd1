import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { AuditItem } from '@sallyport/contract';
import { eventually } from '../src/store/testing.ts';
import { type ClusterLog, openClusterLog } from './auditLogs.ts';
import { type Bench, says, startBench } from './bench.ts';

describe('the audit logs of Sallyport and of the cluster', () => {
  let bench: Bench;
  let log: ClusterLog;
  let config: string;
  let userId: number;
  const run = randomBytes(3).toString('hex');
  const namespace = `audit-${run}`;
  const username = `dana-${run}`;

  before(async () => {
    bench = await startBench();
    log = openClusterLog(bench.lab.auditLogPath);
    await bench.namespace(namespace);
    const environment = await bench.admin.call('environments.create', {
      body: { name: `lab ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    const dana = await bench.join(username);
    userId = dana.id;
    await bench.admin.call('grants.create', {
      body: { userId, environmentIds: [environment.id], role: 'edit', namespaces: [namespace] },
    });
    config = await bench.save(await dana.person.call('kubeconfigs.download'));
  });
  after(async () => {
    log?.close();
    await bench?.close();
  });

  async function sallyports(): Promise<AuditItem[]> {
    const items: AuditItem[] = [];
    let before: string | undefined;
    do {
      const page = await bench.admin.call('audit.list', {
        query: { kind: 'proxy', userId, ...(before === undefined ? {} : { before }) },
      });
      items.push(...page.items);
      before = page.nextCursor ?? undefined;
    } while (before !== undefined);
    return items.reverse();
  }

  const clusters = () =>
    log.read().filter((event) => event.impersonatedUser?.username === `sallyport:${username}`);

  it('tell of the same requests by the same ids, and say the same of each', async () => {
    const kubectl = (...args: string[]) => bench.kubectl(config, '-n', namespace, ...args);
    await kubectl('create', 'configmap', 'one', '--from-literal=a=b');
    await kubectl('get', 'configmaps', '-o', 'name');
    await kubectl('get', 'configmap', 'none');
    await kubectl('get', 'secrets', '-n', 'kube-system');
    await kubectl('label', 'configmap', 'one', 'kind=test');
    await kubectl('auth', 'can-i', 'list', 'pods');
    await kubectl('create', 'secret', 'generic', 'treasure', '--from-literal=a=doubloons');
    const shown = await kubectl('get', 'secret', 'treasure', '-o', 'yaml');
    assert.ok(shown.stdout.includes(btoa('doubloons')));
    await kubectl('delete', 'configmap', 'one', '--wait=false');
    const watching = bench.background(config, 'get', 'secrets', '-n', namespace, '--watch');
    await says(watching, /treasure/);
    const told = says(watching, /pearls/);
    await kubectl('create', 'secret', 'generic', 'pearls');
    await told;
    watching.kill('SIGINT');

    const complete = (id: string) => (event: { auditID: string; stage: string }) =>
      event.auditID === id && event.stage === 'ResponseComplete';
    await eventually(async () => {
      const [ours, theirs] = [await sallyports(), clusters()];
      const ended = ours.filter(({ stage }) => stage === 'ResponseComplete');
      const watch = ended.filter(({ verb }) => verb === 'watch').length;
      return (
        watch === 1 &&
        theirs.every(({ auditID }) => ended.some(({ requestId }) => requestId === auditID)) &&
        ended.every(({ requestId }) => theirs.some(complete(requestId)))
      );
    });

    const ours = (await sallyports()).filter(({ stage }) => stage === 'ResponseComplete');
    const theirs = clusters();
    assert.ok(ours.length >= 10, `${ours.length} requests`);
    assert.deepEqual(
      new Set(ours.map(({ requestId }) => requestId)),
      new Set(theirs.map(({ auditID }) => auditID)),
    );
    for (const item of ours) {
      const event = theirs.find(complete(item.requestId));
      assert.ok(event);
      const { objectRef = {} } = event;
      assert.deepEqual(
        {
          verb: item.verb,
          uri: item.uri,
          status: item.status,
          resource: item.resource,
          namespace: item.namespace,
          name: item.name,
          apiGroup: item.apiGroup,
          subresource: item.subresource,
        },
        {
          verb: event.verb,
          uri: event.requestURI,
          status: event.responseStatus?.code,
          resource: objectRef.resource ?? null,
          namespace: objectRef.namespace ?? null,
          // Of a new object, the cluster learns the name from the body, which passes unread here.
          name: event.verb === 'create' ? item.name : (objectRef.name ?? null),
          apiGroup: objectRef.apiGroup ?? null,
          subresource: objectRef.subresource ?? null,
        },
      );
    }
  });

  it('show a watch when it begins and when it ends', async () => {
    const watches = (await sallyports()).filter(({ verb }) => verb === 'watch');
    assert.deepEqual(
      watches.map(({ stage }) => stage),
      ['ResponseStarted', 'ResponseComplete'],
    );
    assert.equal(watches[0]?.requestId, watches[1]?.requestId);
    assert.ok((watches[1]?.bytesToClient ?? 0) > 0);
  });

  it('hold no Secret’s value and no token', async () => {
    const file = await (await bench.admin.fetch('/api/audit/export')).text();
    assert.ok(file.includes('treasure'));
    for (const secret of ['doubloons', btoa('doubloons'), 'sallyport_kc_', 'sallyport_session_']) {
      assert.ok(!file.includes(secret), secret);
    }
  });

  it('have what was refused at the gate in Sallyport’s alone, with the reason', async () => {
    const stranger = await bench.kubectl(
      config,
      ...['--token', `sallyport_kc_${'x'.repeat(49)}`],
      ...['get', 'pods', '-n', namespace],
    );
    assert.notEqual(stranger.code, 0);
    await eventually(async () => {
      const { items } = await bench.admin.call('audit.list', {
        query: { kind: 'proxy', status: '401' },
      });
      return items.some(
        ({ code, userId: who }) => code === 'proxy.credential_unknown' && who === null,
      );
    });
  });
});
