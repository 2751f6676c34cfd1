import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FakeServer, startFakeServer } from '../src/environments/fakeServer.ts';
import { readExposition } from '../src/metrics/testing.ts';
import { describeOnStores, eventually } from '../src/store/testing.ts';
import { type RunningServer, startServer } from './server.ts';
import {
  METRICS_TOKEN,
  PASSWORD,
  READ,
  type Scene,
  setUp,
  upstream,
  WATCH,
  watch,
} from './twoWorkers.ts';
import { isAlive, type Line, lineToEach, openLine, textOf, workersOf } from './workers.ts';

describeOnStores('two workers', (open) => {
  let cluster: FakeServer;
  let scene: Scene;
  let lines: Line[];
  before(async () => {
    cluster = await startFakeServer(upstream);
    const { dataDir, databaseUrl } = await open.place();
    scene = await setUp(cluster, dataDir, databaseUrl ? ['--database-url', databaseUrl] : []);
    lines = await lineToEach(scene.server);
  });
  after(async () => {
    for (const line of lines ?? []) line.close();
    await scene?.close();
    await cluster?.close();
  });

  it('both accept connections once the program says so, which it says once', () => {
    assert.deepEqual(
      scene.server.said.map((line) => line.split(' ')[0]),
      ['Listening', 'Set'],
    );
    assert.equal(new Set(lines.map(({ worker }) => worker)).size, 2);
  });

  it('both hear of a revocation: streams end, and the next request is refused', async () => {
    const { id, token } = await scene.kubeconfig();
    const streams = await Promise.all(lines.map((line) => watch(line, token)));
    await scene.admin.call('kubeconfigs.revoke', { params: { id } });
    for (const stream of streams) assert.match(await textOf(stream), /"type":"ERROR".*revoked/);
    for (const line of lines) {
      const refused = await line.get(READ, token);
      assert.equal(refused.statusCode, 401);
      assert.match(await textOf(refused), /revoked/);
    }
  });

  it('show and end the streams of both, whichever is asked', async () => {
    const { token } = await scene.kubeconfig();
    const streams = await Promise.all(lines.map((line) => watch(line, token)));
    const { items, total, missing } = await scene.admin.call('streams.list');
    assert.deepEqual([items.length, total, missing], [2, 2, 0]);
    for (const { id, ...item } of items) {
      assert.deepEqual(
        [item.username, item.environmentName, item.verb, item.resource, item.path, item.address],
        ['admin', 'one', 'watch', 'pods', '/api/v1/pods', '127.0.0.1'],
      );
      assert.ok(item.bytesToClient > 0 && item.kubeconfigName !== null);
      await scene.admin.call('streams.end', { params: { id } });
    }
    for (const stream of streams) {
      assert.match(await textOf(stream), /"type":"ERROR".*ended in Sallyport by admin/);
    }
    assert.equal((await scene.admin.call('streams.list')).total, 0);
    const { items: acts } = await scene.admin.call('audit.list', {
      query: { resource: 'streams' },
    });
    assert.deepEqual(
      acts.map(({ verb, status, name }) => [verb, status, name]),
      items.map(() => ['end', 204, 'watch pods of admin, one']),
    );
    const again = scene.admin.call('streams.end', { params: { id: items[0]?.id ?? '' } });
    await assert.rejects(again, /No open stream has the id/);
  });

  it('give the figures of both to a Prometheus with the token, and to no stranger', async () => {
    const { token } = await scene.kubeconfig();
    for (const line of lines) await textOf(await line.get(READ, token));
    const streams = await Promise.all(lines.map((line) => watch(line, token)));
    // The others are taken by their streams.
    const free = await openLine(scene.server);
    const scrape = async (given?: string) => {
      const answer = await free.get('/metrics', given);
      return { status: answer.statusCode, text: await textOf(answer) };
    };
    for (const wrong of [undefined, 'not-the-token-of-the-metrics']) {
      const { status, text } = await scrape(wrong);
      assert.equal(status, 401);
      assert.match(text, /"metrics\.token_required".*SALLYPORT_METRICS_TOKEN/);
    }
    assert.equal((await scrape(token)).status, 401, 'a kubeconfig is for the proxy');
    const { status, text } = await scrape(METRICS_TOKEN);
    assert.equal(status, 200);
    const samples = readExposition(text);
    const of = (name: string) => samples.filter((sample) => sample.name === `sallyport_${name}`);
    assert.deepEqual(
      of('streams_open').map(({ labels, value }) => [labels.environment, value]),
      [
        ['one', 1],
        ['one', 1],
      ],
    );
    assert.equal(new Set(of('streams_open').map(({ labels }) => labels.worker)).size, 2);
    const reads = of('requests_total').filter(
      ({ labels }) => labels.verb === 'read' && labels.environment === 'one',
    );
    assert.ok(reads.reduce((sum, { value }) => sum + value, 0) >= 2);
    assert.equal(of('environments').find(({ labels }) => labels.state === 'up')?.value, 1);
    assert.ok((of('kubeconfigs_active')[0]?.value ?? 0) >= 1);
    assert.equal(of('workers_silent')[0]?.value, 0);
    assert.equal((await scene.admin.fetch('/metrics')).status, 200, 'an admin reads them as well');
    const elsewhere = await free.get('/api/streams', METRICS_TOKEN);
    assert.equal(elsewhere.statusCode, 401, 'the token opens nothing else');
    await textOf(elsewhere);
    free.close();
    const { items } = await scene.admin.call('streams.list');
    for (const { id } of items) await scene.admin.call('streams.end', { params: { id } });
    await Promise.all(streams.map(textOf));
  });

  it('let a person who is no admin see and end their own streams only', async () => {
    const { token } = await scene.kubeconfig();
    const stream = await watch(lines[0] as Line, token);
    const body = { username: 'erin', password: PASSWORD };
    await scene.admin.call('users.create', { body });
    const erin = scene.server.person();
    await erin.call('auth.login', { body });
    assert.equal((await erin.call('streams.list')).total, 0);
    assert.equal((await erin.call('streams.list', { query: { userId: 1 } })).total, 0);
    const [item] = (await scene.admin.call('streams.list')).items;
    assert.ok(item);
    await assert.rejects(erin.call('streams.end', { params: { id: item.id } }), /not yours/);
    assert.equal((await scene.admin.call('streams.list')).total, 1);
    await scene.admin.call('streams.end', { params: { id: item.id } });
    await textOf(stream);
    await erin.close();
  });

  it('count the attempts to sign in together', async () => {
    const guess = async () => {
      const stranger = scene.server.person();
      const response = await stranger.fetch('/api/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'target', password: 'a guess' }),
      });
      await response.text();
      await stranger.close();
      return response.status;
    };
    let wrong = 0;
    while ((await guess()) === 401) wrong += 1;
    // Ten are free. One that begins as word of another is on its way may be let through too.
    assert.ok(wrong === 10 || wrong === 11, String(wrong));
  });

  it('write at the same time, and no write fails', async () => {
    const people = lines.map(() => scene.server.person());
    for (const person of people) {
      await person.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
    }
    // Each has many connections, which spread over the workers.
    const made = people.flatMap((person, n) =>
      Array.from({ length: 50 }, (_, m) =>
        person.call('teams.create', { body: { name: `${n}-${m}` } }),
      ),
    );
    await Promise.all(made);
    const { total } = await scene.admin.call('teams.list', { query: {} });
    assert.equal(total, made.length);
    await Promise.all(people.map((person) => person.close()));
  });

  it('both know what became of the bindings', async () => {
    for (let tries = 0; tries < 2; tries += 1) {
      // On a new connection, which goes to the next worker in turn.
      const person = scene.server.person();
      await person.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
      await eventually(async () => {
        const { items } = await person.call('grants.list', { query: {} });
        return items[0]?.bindings[0]?.state === 'external';
      });
      await person.close();
    }
  });
});

describe('a worker', () => {
  let folder: string;
  let cluster: FakeServer;
  let scene: Scene;
  let looks = 0;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-workers-'));
    cluster = await startFakeServer((request, response) => {
      if (request.url === '/readyz') looks += 1;
      upstream(request, response);
    });
    scene = await setUp(cluster, folder, ['--shutdown-grace', '1h']);
  });
  after(async () => {
    await scene?.admin.close();
    // Twice: a stream is left open, and would be waited for.
    const ended = scene?.server.kill('SIGTERM');
    await eventually(() => scene.server.log().includes('Stopping.'));
    await Promise.all([ended, scene?.server.kill('SIGTERM')]);
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('that is killed takes down its own connections only, and another takes its place', async () => {
    const { token } = await scene.kubeconfig();
    const lines = await lineToEach(scene.server);
    const [first, second] = lines;
    assert.ok(first && second);
    const [lost, kept] = await Promise.all(lines.map((line) => watch(line, token)));
    assert.ok(lost && kept);
    // The first has the work that is done once, too.
    process.kill(first.worker, 'SIGKILL');
    await assert.rejects(textOf(lost));
    const before = looks;
    for (let n = 0; n < 4; n += 1) {
      const line = await openLine(scene.server);
      const answer = await line.get(READ, token);
      assert.equal(answer.statusCode, 200);
      await textOf(answer);
      line.close();
    }
    await eventually(() => workersOf(scene.server).length === 2);
    assert.ok(!workersOf(scene.server).includes(first.worker));
    const again = await lineToEach(scene.server);
    assert.equal(kept.readableEnded || kept.destroyed, false);
    await eventually(() => looks > before);
    kept.destroy();
    for (const line of [...lines, ...again]) line.close();
  });

  it('that is told to end drains, while another is in its place already', async () => {
    const { token } = await scene.kubeconfig();
    const lines = await lineToEach(scene.server);
    const [line] = lines;
    assert.ok(line);
    const stream = await watch(line, token);
    process.kill(line.worker, 'SIGTERM');
    await eventually(() => workersOf(scene.server).length === 3);
    assert.ok(isAlive(line.worker));
    assert.equal(stream.readableEnded || stream.destroyed, false);
    stream.destroy();
    await eventually(() => !isAlive(line.worker));
    assert.equal(workersOf(scene.server).length, 2);
    for (const one of lines) one.close();
  });
});

describe('the limits of two workers', () => {
  it('are one, whichever of them has the streams', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-workers-'));
    const cluster = await startFakeServer(upstream);
    const scene = await setUp(cluster, folder, ['--kubeconfig-streams', '6']);
    const open: Line[] = [];
    t.after(async () => {
      for (const line of open) line.close();
      await scene.close();
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const { token } = await scene.kubeconfig();
    // Three on each: half of what one worker by itself would allow.
    const streams: IncomingMessage[] = [];
    for (let n = 0; n < 3; n += 1) {
      const lines = await lineToEach(scene.server);
      open.push(...lines);
      for (const line of lines) streams.push(await watch(line, token));
    }
    const askEach = await lineToEach(scene.server);
    open.push(...askEach);
    for (const line of askEach) {
      await eventually(async () => (await statusOf(scene.server, line, token, open)) === 429);
    }
    // What the one gives back, the other has room for.
    streams[0]?.destroy();
    await eventually(async () => (await statusOf(scene.server, askEach[1], token, open)) === 200);
  });
});

/** Asks the worker of a line for one more watch, and gives it up again. */
async function statusOf(
  server: RunningServer,
  like: Line | undefined,
  token: string,
  open: Line[],
): Promise<number | undefined> {
  const lines = await lineToEach(server);
  open.push(...lines);
  const line = lines.find(({ worker }) => worker === like?.worker);
  const response = await line?.get(WATCH, token);
  const status = response?.statusCode;
  response?.destroy();
  for (const one of lines) one.close();
  return status;
}

describe('a supervisor', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-workers-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('ends with its workers, with 0, on SIGTERM', async () => {
    const server = await startServer(folder, ['--workers', '2']);
    const workers = workersOf(server);
    assert.equal(await server.kill('SIGTERM'), 0);
    assert.deepEqual(workers.filter(isAlive), []);
  });

  it('takes its workers with it when it is killed', async () => {
    const server = await startServer(folder, ['--workers', '2']);
    const workers = workersOf(server);
    assert.equal(workers.length, 2);
    await server.kill('SIGKILL');
    await eventually(() => !workers.some(isAlive));
  });

  it('ends where a worker cannot start, and says why as a single process does', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      startServer(folder, ['--workers', '2', '--http-port', String(port)]),
      /ended with 1 at its start:\n.*Port \d+ of 127\.0\.0\.1 is taken by another program\./s,
    );
    other.close();
  });
});
