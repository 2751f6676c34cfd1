/** What is open through the real program, while what it depends on is changed around it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import type { Person } from '../../scripts/rest.ts';
import { eventually } from '../src/environments/testing.ts';
import { type Bench, startBench } from './bench.ts';

const run = randomBytes(3).toString('hex');

describe('an open watch', () => {
  let bench: Bench;
  let person: Person;
  let environmentId: number;
  let token: string;

  before(async () => {
    bench = await startBench({ serverArgs: ['--kubeconfig-streams', '2'] });
    const { id } = await bench.admin.call('environments.create', {
      body: { name: `streams ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    environmentId = id;
    const { id: userId } = await bench.admin.call('auth.me');
    await bench.admin.call('grants.create', {
      body: { userId, environmentIds: [environmentId], role: 'view' },
    });
    const file = await (await bench.admin.call('kubeconfigs.download')).text();
    token = parse(file).users[0].user.token;
    person = bench.server().person();
  });
  after(async () => {
    await person?.close();
    await bench?.close();
  });

  const ask = (path: string) =>
    person.fetch(`/api/endpoints/${environmentId}/kubernetes${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });

  /** Opens one; it is open once this resolves. */
  async function watch() {
    const response = await ask('/api/v1/configmaps?watch=1&fieldSelector=metadata.name=none');
    assert.equal(response.status, 200);
    const state = { text: '', over: false, cancel: () => reader?.cancel() };
    const reader = response.body?.getReader();
    void (async () => {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) break;
        state.text += Buffer.from(value ?? []).toString();
      }
      state.over = true;
    })();
    return state;
  }

  it('goes on when its environment has another name and another credential', async () => {
    const open = await watch();
    const other = await bench.lab.serviceAccountToken(`streams-${run}`, {
      clusterRole: 'cluster-admin',
    });
    const { server, caData } = bench.lab;
    await bench.admin.call('environments.update', {
      params: { id: environmentId },
      body: { name: `renamed ${run}`, server, caData, token: other },
    });
    // Whatever is asked from now on goes by the new one, and what was open has been asked about.
    assert.equal((await ask('/api/v1/configmaps?limit=1')).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(open.over, false);
    await open.cancel();
  });

  it('ends, and says why, when its environment has come to be another server', async () => {
    const open = await watch();
    const token = await bench.lab.serviceAccountToken(`streams-${run}`, {
      clusterRole: 'cluster-admin',
    });
    const { server, caData } = bench.lab;
    await bench.admin.call('environments.update', {
      params: { id: environmentId },
      body: { server, caData, token, tlsServerName: 'kubernetes' },
    });
    await eventually(
      () => open.over,
      (over) => over,
    );
    const { type, object } = JSON.parse(open.text);
    assert.equal(type, 'ERROR');
    assert.equal(object.details.causes[0].reason, 'proxy.access_changed');
  });

  it('has its place among as many as a kubeconfig may have', async () => {
    const first = await watch();
    const second = await watch();
    const third = await ask('/api/v1/configmaps?watch=1');
    assert.equal(third.status, 429);
    assert.equal(third.headers.get('retry-after'), '1');
    const { kind, message, details } = JSON.parse(await third.text());
    assert.equal(kind, 'Status');
    assert.match(message, /has 2 streams open, which is the limit/);
    assert.equal(details.retryAfterSeconds, 1);
    assert.equal((await ask('/api/v1/configmaps?limit=1')).status, 200);
    await first.cancel();
    await second.cancel();
  });
});
