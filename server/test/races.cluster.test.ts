import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { after, before, describe, it, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { type Bench, startBench } from './bench.ts';

/** Requests under way at once, each on a connection of its own, so on whichever worker. */
const PUMPS = 8;

describe('access that ends while it is used', () => {
  let bench: Bench;
  let environmentId: number;
  let danaId: number;
  let teamId: number;
  let url: string;
  let token: string;
  const run = randomBytes(3).toString('hex');
  const namespace = `race-${run}`;

  before(async () => {
    bench = await startBench({ lab: { pods: 'off' }, serverArgs: ['--workers', '2'] });
    await bench.namespace(namespace);
    const made = await bench.admin.call('environments.create', {
      body: { name: `race ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    environmentId = made.id;
    const dana = await bench.join('dana');
    danaId = dana.id;
    teamId = (await bench.admin.call('teams.create', { body: { name: 'ops' } })).id;
    // A kubeconfig covers what may be entered when it is made.
    const first = await grant({ userId: danaId, environmentIds: [environmentId] });
    const path = await bench.save(await dana.person.call('kubeconfigs.download'));
    await end(first);
    const file = parse(readFileSync(path, 'utf8'));
    url = `${file.clusters[0].cluster.server}/api/v1/namespaces/${namespace}/configmaps`;
    token = file.users[0].user.token;
  });
  after(async () => {
    if (!bench) return;
    await bench.admin.call('environments.delete', { params: { id: environmentId } });
    await bench.close();
  });

  async function grant(body: object): Promise<number> {
    const made = await bench.admin.call('grants.create', { body: { role: 'view', ...body } });
    return made.id;
  }
  const end = (id: number) => bench.admin.call('grants.delete', { params: { id } });
  const label = (labels: Record<string, string>) =>
    bench.admin.call('environments.update', { params: { id: environmentId }, body: { labels } });

  async function labelNamespace(value: string | null): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}`;
    const { metadata, ...rest } = (await bench.lab.call('GET', path)).body as {
      metadata: { labels: Record<string, string> };
    };
    const { team: _, ...labels } = metadata.labels;
    if (value !== null) labels.team = value;
    const { status } = await bench.lab.call('PUT', path, {
      ...rest,
      metadata: { ...metadata, labels },
    });
    assert.equal(status, 200);
  }

  function get(agent: Agent, query = ''): Promise<IncomingMessage> {
    const call = request(url + query, { agent, headers: { authorization: `Bearer ${token}` } });
    call.end();
    return once(call, 'response').then(([response]) => response as IncomingMessage);
  }

  async function ask(agent: Agent): Promise<number> {
    const response = await get(agent);
    response.resume();
    await once(response, 'close');
    return response.statusCode ?? 0;
  }

  /** Asks until it is let in: a binding can take a moment to be in force. */
  async function letIn(): Promise<void> {
    const agent = new Agent({ ca: bench.server().ca });
    while ((await ask(agent)) !== 200);
    agent.destroy();
  }

  /**
   * Lets requests and watches run, does something meanwhile, and goes on until all are refused.
   *
   * @returns how long after the act the last request that was let in began, and the last watch
   *   ended, in milliseconds
   */
  async function race(t: TestContext, act: () => Promise<unknown>) {
    const agent = new Agent({ ca: bench.server().ca, keepAlive: true, maxSockets: PUMPS * 2 });
    await letIn();
    const watches = await Promise.all(
      Array.from({ length: PUMPS }, async () => {
        const response = await get(agent, '?watch=true');
        assert.equal(response.statusCode, 200);
        response.resume();
        // Inside of an object: it is not what is waited for here.
        return { closed: once(response, 'close').then(() => Date.now()) };
      }),
    );
    let answered = Number.POSITIVE_INFINITY;
    let lastLetIn = 0;
    let served = 0;
    const pumps = Array.from({ length: PUMPS }, async () => {
      for (let refused = 0; refused < 5; ) {
        const began = Date.now();
        const status = await ask(agent);
        if (status === 200) {
          served += 1;
          lastLetIn = Math.max(lastLetIn, began);
        } else {
          assert.equal(status, 403);
          refused += 1;
        }
      }
    });
    while (served < PUMPS * 3) await new Promise(setImmediate);
    await act();
    answered = Date.now();
    await Promise.all(pumps);
    const ends = await Promise.all(watches.map(({ closed }) => closed));
    agent.destroy();
    const result = { lastLetIn, late: lastLetIn - answered, ended: Math.max(...ends) - answered };
    t.diagnostic(
      `last let in ${result.late} ms, last watch ended ${result.ended} ms after the answer`,
    );
    return result;
  }

  it('lets no request in that begins after a grant was ended', async (t) => {
    const id = await grant({ userId: danaId, environmentIds: [environmentId] });
    const { late } = await race(t, () => end(id));
    assert.ok(late <= 0, `one began ${late} ms after the answer`);
  });

  it('lets no request in that begins after the team was left', async (t) => {
    const add = { params: { id: teamId }, body: { userId: danaId } };
    await bench.admin.call('teams.addMember', add);
    const id = await grant({ teamId, environmentIds: [environmentId], namespaces: [namespace] });
    const { late } = await race(t, () =>
      bench.admin.call('teams.removeMember', { params: { id: teamId, userId: danaId } }),
    );
    assert.ok(late <= 0, `one began ${late} ms after the answer`);
    await end(id);
  });

  it('lets no request in that begins after the environment lost its label', async (t) => {
    const id = await grant({ userId: danaId, environmentSelector: 'race,tier!=old' });
    await label({ race: run });
    const { late } = await race(t, () => label({ race: run, tier: 'old' }));
    assert.ok(late <= 0, `one began ${late} ms after the answer`);
    await end(id);
  });

  it('lets no request in that begins after the end was set and has come', async (t) => {
    const id = await grant({ userId: danaId, environmentIds: [environmentId] });
    const expiresAt = new Date(Date.now() + 5_000).toISOString();
    await race(t, () => bench.admin.call('grants.update', { params: { id }, body: { expiresAt } }));
    await end(id);
  });

  it('lets nobody in any more by a label that a namespace has lost', async (t) => {
    await labelNamespace(run);
    const id = await grant({
      userId: danaId,
      environmentIds: [environmentId],
      namespaceSelector: `team=${run}`,
    });
    await race(t, () => labelNamespace(null));
    await end(id);
  });
});
