/**
 * An hour of three people's work in a few seconds, and what Sallyport's audit log and the cluster's
 * own say of it: the same requests, and the same of each.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasPart } from '@sallyport/lab';
import { stringify } from 'yaml';
import type { Person } from '../../scripts/rest.ts';
import { eventually } from '../src/store/testing.ts';
import {
  byRequest,
  type ClusterLog,
  difference,
  type LoggedEvent,
  openClusterLog,
  sallyportLog,
  told,
} from './auditLogs.ts';
import { script } from './auditScript.ts';
import { type Bench, says, startBench } from './bench.ts';
import { createRawClient, type Protocol, type RawAnswer, type RawClient } from './rawClient.ts';

/** What one kubeconfig is used with. */
interface Tools {
  readonly path: string;
  readonly client: RawClient;
  readonly protocol: Protocol;
}
interface Worker {
  readonly username: string;
  readonly person: Person;
  readonly id: number;
  readonly namespace: string;
  readonly files: Tools[];
}

const CUSTOM_RULES = [
  {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'deployments/scale'],
    verbs: ['get', 'create'],
  },
  { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
];

/** What makes kubectl speak SPDY, as older ones do. */
const SPDY = {
  KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false',
  KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false',
};

describe('an hour of work, in the audit logs of Sallyport and of the cluster', () => {
  const run = randomBytes(3).toString('hex');
  const one = `hour-a-${run}`;
  const two = `hour-b-${run}`;
  let bench: Bench;
  let log: ClusterLog;
  let environmentId: number;
  let roleId: number;
  let edith: Worker;
  let nora: Worker;
  let carl: Worker;
  const clients: RawClient[] = [];
  /** What came back to the raw clients: a third witness. */
  const answers: RawAnswer[] = [];
  /** The ids of what Sallyport refused. */
  const refused: RawAnswer[] = [];

  before(async () => {
    bench = await startBench({ serverArgs: ['--workers', '2'] });
    log = openClusterLog(bench.lab.auditLogPath);
    await bench.namespace(one);
    await bench.namespace(two);
    const environment = await bench.admin.call('environments.create', {
      body: { name: `hour ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    environmentId = environment.id;
    const role = await bench.admin.call('roles.create', {
      body: { name: `hour ${run}`, rules: CUSTOM_RULES },
    });
    roleId = role.id;
    [edith, nora, carl] = await Promise.all([
      hire('edith', one, { role: 'edit' }),
      hire('nora', one, { role: 'edit', namespaces: [one] }),
      hire('carl', two, { role: role.name, namespaces: [two] }),
    ]);
  });
  after(async () => {
    for (const client of clients) client.close();
    log?.close();
    if (!bench) return;
    await bench.admin.call('environments.delete', { params: { id: environmentId } });
    await bench.admin.call('roles.delete', {
      params: { id: roleId },
      query: { endGrants: 'true' },
    });
    await bench.close();
  });

  async function tools(person: Person, protocol: Protocol, expiresIn = '1h'): Promise<Tools> {
    const path = await bench.save(
      await person.call('kubeconfigs.create', {
        body: { environmentIds: [environmentId], expiresIn },
      }),
    );
    const client = createRawClient(readFileSync(path, 'utf8'), bench.server().ca, protocol);
    clients.push(client);
    return { path, client, protocol };
  }

  async function hire(name: string, namespace: string, grant: object): Promise<Worker> {
    const username = `${name}-${run}`;
    const { id, person } = await bench.join(username);
    await bench.admin.call('grants.create', {
      body: { userId: id, environmentIds: [environmentId], role: 'edit', ...grant },
    });
    const files = [await tools(person, 'HTTP/1.1'), await tools(person, 'HTTP/2')];
    return { username, person, id, namespace, files };
  }

  /** Asks, takes the whole answer and remembers it. */
  async function ask(client: RawClient, ...request: Parameters<RawClient['open']>) {
    const answer = await client.open(...request);
    answers.push(answer);
    await answer.text;
    return answer;
  }

  function fileOf({ files }: Worker, protocol: Protocol): Tools {
    const found = files.find((file) => file.protocol === protocol);
    assert.ok(found);
    return found;
  }

  it('is worked by three people with two kubeconfigs each, over HTTP/1.1 and HTTP/2', async () => {
    await Promise.all(
      [edith, nora, carl].flatMap(({ files, namespace, username }) =>
        files.map(async ({ client, protocol }) => {
          const mine = `${username}-${protocol === 'HTTP/2' ? 'second' : 'first'}`;
          for (const { method, path, ...options } of script(namespace, mine)) {
            await ask(client, method, path, options);
          }
        }),
      ),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    for (const status of [200, 201, 400, 403, 404, 405, 409, 415, 422]) {
      assert.ok(statuses.has(status), `none was answered with ${status}`);
    }
  });

  it('has kubectl in it', async () => {
    const manifest = join(bench.folder, 'map.yaml');
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'k' }, data: { a: 'b' } };
    writeFileSync(manifest, stringify(map));
    const work = async ({ files, namespace }: Worker) => {
      const path = files[0]?.path ?? '';
      const kubectl = async (expected: number, ...args: string[]) => {
        const { code, stderr } = await bench.kubectl(path, '-n', namespace, ...args);
        assert.equal(code, expected, `${args.join(' ')}: ${stderr}`);
      };
      await kubectl(0, 'apply', '-f', manifest);
      await kubectl(0, 'apply', '--server-side', '--force-conflicts', '-f', manifest);
      await kubectl(0, 'get', 'configmaps', '--chunk-size=1');
      await kubectl(0, 'label', 'configmap', 'k', 'of=kubectl');
      await kubectl(0, 'auth', 'can-i', 'list', 'pods');
      await kubectl(1, 'get', 'configmap', 'none');
      const watch = bench.background(path, '-n', namespace, 'get', 'configmaps', '--watch');
      await says(watch, /^k /m);
      watch.kill('SIGINT');
      await once(watch, 'close');
      await kubectl(0, 'delete', 'configmaps', '-l', 'of=kubectl');
    };
    await Promise.all([work(nora), work(carl)]);
  });

  it('has streams to pods in it, where pods run', async (t) => {
    if (!hasPart(t, 'pods', bench.lab.pods ? undefined : (bench.lab.podsReason ?? 'no pods'))) {
      return;
    }
    const n = ['-n', one];
    const { path } = fileOf(nora, 'HTTP/1.1');
    const ok = async (...args: string[]) => {
      const { code, stderr } = await bench.kubectl(path, ...n, ...args);
      assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    };
    const manifest = join(bench.folder, 'pod.yaml');
    writeFileSync(manifest, stringify(POD));
    await ok('apply', '-f', manifest);
    await ok('wait', '--for=condition=Ready', 'pod/box', '--timeout=120s');

    const logs = bench.background(path, ...n, 'logs', '-f', 'box');
    await says(logs, /line \d+/);
    logs.kill('SIGTERM');
    const { client } = fileOf(nora, 'HTTP/2');
    const followed = await client.open('GET', `/api/v1/namespaces/${one}/pods/box/log?follow=true`);
    answers.push(followed);
    followed.cancel();
    await ask(client, 'GET', `/api/v1/namespaces/${one}/pods/box:8080/proxy/index.html?a=hush`);

    for (const env of [{}, SPDY]) {
      const start = (...args: string[]) =>
        spawn(bench.lab.kubectl ?? 'kubectl', [...n, ...args], {
          env: { ...process.env, ...env, KUBECONFIG: path, KUBECACHEDIR: `${path}.cache` },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      const exec = start('exec', 'box', '--', 'sh', '-c', 'echo hush; exit 7');
      assert.deepEqual((await once(exec, 'close'))[0], 7);
      const forward = start('port-forward', 'pod/box', ':8080');
      const port = /:(\d+) ->/.exec(await says(forward, /127\.0\.0\.1:\d+ ->/))?.[1];
      const socket = connect(Number(port), '127.0.0.1').resume();
      socket.write('GET / HTTP/1.0\r\n\r\n');
      await once(socket, 'close');
      forward.kill('SIGTERM');
      await once(forward, 'close');
    }
    const denied = await bench.kubectl(
      fileOf(carl, 'HTTP/1.1').path,
      ...['-n', two, 'exec', 'box', '--', 'true'],
    );
    assert.equal(denied.code, 1);
    await ok('delete', 'pod', 'box', '--now', '--wait=false');
  });

  it('has people in it who go before the answer has ended', async () => {
    for (const { client, protocol } of nora.files) {
      const maps = `/api/v1/namespaces/${one}/configmaps`;
      const watch = await client.open('GET', `${maps}?watch=1`);
      answers.push(watch);
      watch.cancel();
      const listing = await client.open('GET', '/openapi/v2');
      answers.push(listing);
      listing.cancel();
      if (protocol === 'HTTP/1.1') await client.leaveBeforeBody(`${maps}?fieldManager=left`);
    }
  });

  it('has a kubeconfig in it that is revoked while it watches', async () => {
    for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const) {
      const { client } = await tools(edith.person, protocol);
      const watch = await client.open('GET', '/api/v1/configmaps?watch=1');
      assert.equal(watch.status, 200);
      answers.push(watch);
      const [newest] = (await edith.person.call('kubeconfigs.list')).items;
      await edith.person.call('kubeconfigs.revoke', { params: { id: newest?.id ?? 0 } });
      assert.match(await watch.text, /proxy\.kubeconfig_revoked/);
      refused.push(await ask(client, 'GET', '/api/v1/configmaps'));
    }
  });

  it('has much in it that Sallyport refuses', async () => {
    const { id, person } = await bench.join(`dave-${run}`);
    const grant = await bench.admin.call('grants.create', {
      body: { userId: id, environmentIds: [environmentId], role: 'view' },
    });
    const dave = await tools(person, 'HTTP/2');
    await bench.admin.call('grants.delete', { params: { id: grant.id } });
    const brief = await tools(edith.person, 'HTTP/1.1', '1s');
    refused.push(
      await ask(dave.client, 'GET', '/api/v1/configmaps'),
      await ask(dave.client, 'GET', '/api/v1/namespaces'),
      await ask(dave.client, 'GET', '/version'),
    );
    for (const { client } of edith.files) {
      const as = { headers: { 'impersonate-user': 'root' } };
      const stranger = { headers: { authorization: `Bearer sallyport_kc_${'x'.repeat(49)}` } };
      refused.push(
        await ask(client, 'GET', '/api/v1/configmaps', as),
        await ask(client, 'GET', '/api/v1/configmaps', stranger),
        await ask(client, 'TRACE', '/api/v1/configmaps'),
        await ask(client, 'GET', '/api/v1/namespaces/../nodes'),
      );
    }
    await eventually(async () => {
      const answer = await ask(brief.client, 'GET', '/version');
      if (answer.status === 401) refused.push(answer);
      return answer.status === 401;
    });
    assert.deepEqual(
      refused.map(({ status }) => status).filter((status) => status < 400),
      [],
    );
  });

  /** Both logs, once all that was begun has ended in both. */
  async function bothLogs() {
    const people = new Set([edith, nora, carl].map(({ username }) => `sallyport:${username}`));
    let ours: LoggedEvent[] = [];
    let theirs: LoggedEvent[] = [];
    const whole = async () => {
      ours = await sallyportLog(bench);
      const known = new Set(ours.map(({ auditID }) => auditID));
      // Either its person is one of these, or it has an id of Sallyport's.
      theirs = log
        .read()
        .filter(
          ({ auditID, impersonatedUser: user }) =>
            known.has(auditID) || people.has(user?.username ?? ''),
        );
      const ended = (events: readonly LoggedEvent[]) =>
        new Set(events.filter(isEnd).map(({ auditID }) => auditID));
      const [here, there] = [ended(ours.filter(reachedCluster)), ended(theirs)];
      return (
        here.size === there.size &&
        [...here].every((id) => there.has(id)) &&
        [...byRequest(ours).values(), ...byRequest(theirs).values()].every((all) => all.some(isEnd))
      );
    };
    // Whatever is still missing then is shown by the test that looks for it.
    await eventually(whole).catch(() => undefined);
    return { ours, theirs };
  }
  let logs: Promise<{ ours: LoggedEvent[]; theirs: LoggedEvent[] }> | undefined;
  const both = () => {
    logs ??= bothLogs();
    return logs;
  };

  it('is whole in both: what one log has, the other has', async (t) => {
    const { ours, theirs } = await both();
    const sent = ours.filter(reachedCluster);
    assert.deepEqual(differences(sent, theirs), []);
    const requests = byRequest(ours).size;
    t.diagnostic(`${requests} requests, ${ours.length} events here, ${theirs.length} there`);
    assert.ok(requests >= 400, `only ${requests} requests`);
    const written = byRequest(ours);
    for (const { requestId, status, method, path } of answers) {
      const end = written.get(requestId)?.find(isEnd);
      assert.equal(end?.responseStatus?.code, status, `${method} ${path}`);
    }
  });

  it('is told alike by both, event by event', async (t) => {
    const { ours, theirs } = await both();
    const there = byRequest(theirs);
    let compared = 0;
    const wrong: string[] = [];
    for (const [id, events] of byRequest(ours.filter(reachedCluster))) {
      const { own, asked } = questions(there.get(id) ?? []);
      const resources = own.map(({ objectRef }) => objectRef?.resource);
      assert.ok(resources.every((resource) => resource === 'namespaces'));
      for (const event of events) {
        const ofStage = ({ stage }: LoggedEvent) => stage === event.stage;
        const mine = told(event);
        const its = asked.find(ofStage);
        assert.ok(its, `${event.stage} of ${event.verb} ${event.requestURI}`);
        // The last word on a list of namespaces is on the question that Sallyport put itself.
        const answered = own.find(ofStage) ?? its;
        // Where nobody was there any more to be answered, the cluster's code is its own affair.
        const code = leftUnanswered(event) ? mine.code : answered.responseStatus?.code;
        const words = difference(mine, { ...told(its), code });
        if (words !== undefined) wrong.push(words);
        compared += 1;
      }
    }
    t.diagnostic(`${compared} events compared`);
    assert.deepEqual(wrong, []);
  });

  it('begins and ends its streams in both', async () => {
    const { ours, theirs } = await both();
    const there = byRequest(theirs);
    const kinds = new Set<string>();
    for (const [id, events] of byRequest(ours.filter(reachedCluster))) {
      const { own, asked } = questions(there.get(id) ?? []);
      // Who went before the answer was given none, which the cluster may have begun by then.
      if (events.some(leftUnanswered)) continue;
      const stages = (list: readonly LoggedEvent[]) => list.map(({ stage }) => stage);
      assert.deepEqual(stages(events), stages(own.length > 0 ? own : asked), events[0]?.requestURI);
      if (events.length === 2)
        kinds.add(events[0]?.objectRef?.subresource ?? events[0]?.verb ?? '');
    }
    for (const kind of ['watch', ...(bench.lab.pods ? ['log', 'exec', 'portforward'] : [])]) {
      assert.ok(kinds.has(kind), `no ${kind} with a beginning and an end`);
    }
  });

  it('has what Sallyport refused in Sallyport’s log alone, with the reason', async () => {
    const { ours, theirs } = await both();
    const [here, there] = [byRequest(ours), byRequest(theirs)];
    const codes = new Set<string | undefined>();
    for (const { requestId, method, path, status } of refused) {
      const events = here.get(requestId) ?? [];
      assert.equal(events.length, 1, `${method} ${path}`);
      assert.equal(events[0]?.responseStatus?.code, status);
      assert.equal(there.has(requestId), false, `${method} ${path} reached the cluster`);
      codes.add(events[0]?.annotations?.['sallyport/code']);
    }
    assert.deepEqual([...codes].sort(), [
      'proxy.credential_unknown',
      'proxy.kubeconfig_expired',
      'proxy.kubeconfig_revoked',
      'proxy.no_access',
      'request.impersonation_refused',
      'request.method_not_allowed',
      'request.target_invalid',
    ]);
  });

  it('shows the end of a watch by revocation as what it was', async () => {
    const { ours } = await both();
    const ended = ours.filter(
      (event) =>
        event.annotations?.['sallyport/code'] === 'proxy.kubeconfig_revoked' &&
        event.verb === 'watch',
    );
    assert.deepEqual(
      ended.map(({ responseStatus }) => responseStatus?.code),
      [200, 200],
    );
  });

  it('shows a list of one’s own namespaces as the person’s refusal and Sallyport’s question', async () => {
    const { ours, theirs } = await both();
    const there = byRequest(theirs);
    const lists = ours.filter(
      (event) =>
        event.requestURI === '/api/v1/namespaces' &&
        event.impersonatedUser?.username === `sallyport:${nora.username}`,
    );
    assert.equal(lists.length, 2);
    for (const { auditID, responseStatus } of lists) {
      const { own, asked } = questions(there.get(auditID) ?? []);
      const code = (events: LoggedEvent[]) => events.map((event) => event.responseStatus?.code);
      assert.deepEqual([responseStatus?.code, code(asked), code(own)], [200, [403], [200]]);
      const selector = `labelSelector=kubernetes.io/metadata.name in (${one})`;
      assert.equal(decodeURIComponent(own[0]?.requestURI ?? ''), `/api/v1/namespaces?${selector}`);
    }
  });

  it('shows who went before the end, and whom nothing had been answered', async () => {
    const { ours } = await both();
    const gone = ours.filter(
      ({ annotations, userAgent }) =>
        annotations?.['sallyport/aborted'] === 'true' && userAgent?.startsWith('raw/'),
    );
    const watches = gone.filter(({ verb }) => verb === 'watch');
    assert.deepEqual(
      watches.map(({ responseStatus }) => responseStatus?.code),
      [200, 200],
    );
    assert.deepEqual(
      gone.filter(leftUnanswered).map(({ verb, requestURI }) => [verb, requestURI]),
      [['create', `/api/v1/namespaces/${one}/configmaps?fieldManager=left`]],
    );
  });
});

const isEnd = ({ stage }: LoggedEvent) => stage === 'ResponseComplete';

/** Sallyport has told the cluster who asks. */
const reachedCluster = ({ impersonatedUser }: LoggedEvent) => impersonatedUser !== undefined;

const leftUnanswered = ({ annotations, responseStatus }: LoggedEvent) =>
  annotations?.['sallyport/aborted'] === 'true' && responseStatus === undefined;

/** What the person asked, and what Sallyport asked in its own name because of that. */
function questions(events: readonly LoggedEvent[]) {
  const [own, asked]: [LoggedEvent[], LoggedEvent[]] = [[], []];
  for (const event of events) (event.impersonatedUser ? asked : own).push(event);
  return { own, asked };
}

/** The requests that only one of two logs has. */
function differences(ours: readonly LoggedEvent[], theirs: readonly LoggedEvent[]): string[] {
  const [here, there] = [byRequest(ours), byRequest(theirs)];
  const words = ([event]: LoggedEvent[]) => `${event?.verb} ${event?.requestURI} ${event?.auditID}`;
  return [
    ...[...here].filter(([id]) => !there.has(id)).map(([, all]) => `only here: ${words(all)}`),
    ...[...there].filter(([id]) => !here.has(id)).map(([, all]) => `only there: ${words(all)}`),
  ];
}

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'box' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'main',
        image: 'docker.io/local/busybox:1',
        imagePullPolicy: 'IfNotPresent',
        command: [
          '/bin/sh',
          '-c',
          'mkdir /www; echo page >/www/index.html; httpd -p 8080 -h /www; while true; do echo line $((i=i+1)); sleep 0.2; done',
        ],
      },
    ],
  },
};
