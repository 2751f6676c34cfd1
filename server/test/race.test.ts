import assert from 'node:assert/strict';
import { after, before, it, type TestContext } from 'node:test';
import { type FakeServer, startFakeServer } from '../src/environments/fakeServer.ts';
import { describeOnStores } from '../src/store/testing.ts';
import { READ, type Scene, setUp, upstream, watch } from './twoWorkers.ts';
import { type Line, lineToEach, openLine, textOf } from './workers.ts';

/** One request of the crowd; times are of `performance.now()`. */
interface Asked {
  readonly began: number;
  readonly status: number;
}

const LINES = 12;
const ROUNDS = 3;
/** Milliseconds. How long streams really lived on is in the report; this is when to give up. */
const DEADLINE = 10_000;

/**
 * The end of a kubeconfig while many requests are on their way, on connections to both workers: what
 * begins after the answer that says it has ended must not be let in, and what is open must end.
 */
describeOnStores('a crowd of requests and the end of their kubeconfig', (open) => {
  let cluster: FakeServer;
  let scene: Scene;
  let lines: Line[] = [];
  /** Milliseconds: how long it took at the most from the making of a kubeconfig until it was in use. */
  let slowest = 0;
  before(async () => {
    cluster = await startFakeServer(upstream);
    const { dataDir, databaseUrl } = await open.place();
    scene = await setUp(cluster, dataDir, databaseUrl ? ['--database-url', databaseUrl] : []);
    lines = await lineToEach(scene.server);
    while (lines.length < LINES) lines.push(await openLine(scene.server));
  });
  after(async () => {
    for (const line of lines) line.close();
    await scene?.close();
    await cluster?.close();
  });

  /**
   * Lets all lines ask as fast as they can while `end` is done, and some time longer.
   *
   * @param make makes the kubeconfig that they ask with, and gives its token
   * @returns what was let in although it began after the end
   * @throws where a stream does not end
   */
  async function cross(
    t: TestContext,
    make: () => Promise<string>,
    end: () => Promise<unknown>,
  ): Promise<Asked[]> {
    const streamLines = await lineToEach(scene.server);
    const made = performance.now();
    const token = await make();
    const streams = await Promise.all(streamLines.map((line) => watch(line, token)));
    const ends = streams.map(async (stream) => {
      await textOf(stream);
      return performance.now();
    });
    const asked: Asked[] = [];
    let going = true;
    const crowd = lines.map(async (line) => {
      while (going) {
        const began = performance.now();
        const response = await line.get(READ, token);
        await textOf(response);
        asked.push({ began, status: response.statusCode ?? 0 });
      }
    });
    const beforeEnd = () => asked.filter(({ status }) => status === 200).length;
    while (beforeEnd() < 5 * LINES) {
      assert.equal(asked.length, beforeEnd(), 'one was refused before the end');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    slowest = Math.max(slowest, performance.now() - made);
    await end();
    const ended = performance.now();
    const giveUp = setTimeout(() => {
      for (const stream of streams) stream.destroy(new Error('the stream did not end'));
    }, DEADLINE);
    const latencies = (await Promise.all(ends)).map((at) => Math.round(at - ended));
    clearTimeout(giveUp);
    while (asked.filter(({ began }) => began > ended).length < 3 * LINES) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    going = false;
    await Promise.all(crowd);
    for (const line of streamLines) line.close();
    const late = asked.filter(({ began, status }) => began > ended && status !== 401);
    t.diagnostic(
      `${asked.length} requests, ${beforeEnd()} let in; streams ended ${latencies.join(' and ')} ms after the answer`,
    );
    return late;
  }

  async function rounds(t: TestContext, end: (id: number) => Promise<unknown>): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      let id = 0;
      const make = async () => {
        const made = await scene.kubeconfig();
        id = made.id;
        return made.token;
      };
      const late = await cross(t, make, () => end(id));
      assert.deepEqual(late, []);
    }
  }

  it('lets none in that began after the answer to its revocation', async (t) => {
    await rounds(t, (id) => scene.admin.call('kubeconfigs.revoke', { params: { id } }));
  });

  it('lets none in that began after the answer to the revocation of all', async (t) => {
    await rounds(t, () =>
      scene.admin.call('kubeconfigs.revokeMany', { body: { environmentId: 1 } }),
    );
  });

  it('lets none in that began after the answer to a renewal without overlap', async (t) => {
    await rounds(t, async (id) => {
      const body = { overlap: '0' };
      await (await scene.admin.call('kubeconfigs.renew', { params: { id }, body })).text();
    });
  });

  it('lets none in that began after its expiry', async (t) => {
    // So long that it is in use by then, as long as that has taken on this machine.
    const seconds = 2 + Math.ceil((4 * slowest) / 1_000);
    let expiresAt: string | null = null;
    const make = async () => {
      const { id, token } = await scene.kubeconfig(`${seconds}s`);
      ({ expiresAt } = await scene.admin.call('kubeconfigs.get', { params: { id } }));
      return token;
    };
    const late = await cross(t, make, async () => {
      while (Date.now() <= Date.parse(expiresAt ?? '')) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    assert.deepEqual(late, []);
  });
});
