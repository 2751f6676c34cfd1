import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { acceptClock, createClock, TOLERANCE_MS } from './clock.ts';
import type { Store } from './store/store.ts';
import { describeOnStores } from './store/testing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 28, 17);

/** A machine whose clock can be set, and on which time passes all the same. */
function machine() {
  let passed = 0;
  let set = START;
  return {
    wall: () => set + passed,
    steady: () => passed,
    pass: (ms: number) => {
      passed += ms;
    },
    /** Sets the clock by so much. */
    set: (by: number) => {
      set += by;
    },
  };
}

describeOnStores('the clock', (open) => {
  async function house(store: Store, leads = true, on = machine()) {
    const warned: string[] = [];
    const logger = { info() {}, error() {}, warn: (_: object, text: string) => warned.push(text) };
    const start = () => createClock({ store, logger, leads, wall: on.wall, steady: on.steady });
    const clock = await start();
    /** Lets time pass, and the clock be looked at each minute. */
    const live = async (ms: number, it = clock) => {
      for (let left = ms; left > 0; left -= MINUTE) {
        on.pass(Math.min(left, MINUTE));
        await it.look();
      }
    };
    return { on, clock, live, start, warned };
  }

  test('is the machine’s, where nothing is wrong, also after a rest of days', async () => {
    const { on, clock, live, start, warned } = await house(await open());
    await live(HOUR);
    assert.equal(clock.now(), on.wall());
    on.pass(3 * 24 * HOUR);
    const later = await start();
    assert.equal(later.now(), on.wall());
    await live(20 * MINUTE, later);
    assert.equal(later.now(), on.wall());
    // What NTP puts right.
    on.set(-2 * MINUTE);
    assert.equal(later.now(), on.wall());
    assert.equal(later.behindMs(), 0);
    assert.deepEqual(warned, []);
  });

  test('does not go back with it: not while running, not at a start, not in other processes', async () => {
    const store = await open();
    const { on, clock, live, start, warned } = await house(store);
    await live(HOUR);
    const before = clock.now();
    on.set(-2 * HOUR);
    assert.equal(clock.now(), before);
    assert.equal(clock.behindMs(), 2 * HOUR);
    await live(10 * MINUTE);
    assert.equal(clock.now(), before + 10 * MINUTE);
    assert.equal(warned.length, 1, 'said once, and not each minute');
    assert.match(warned[0] ?? '', /The clock is behind a time that it has shown before/);
    const restarted = await start();
    const follower = await house(store, false, on);
    for (const one of [restarted, follower.clock]) {
      assert.ok(one.now() >= before + 9 * MINUTE);
      assert.ok(one.behindMs() > HOUR);
    }
    assert.equal(warned.length, 2, 'and at each start');
    await live(60 * MINUTE);
    assert.equal(warned.length, 3, 'and each hour');
  });

  test('is the machine’s again once that has caught up', async () => {
    const { on, clock, live } = await house(await open());
    await live(HOUR);
    on.set(-HOUR);
    await live(5 * MINUTE);
    on.set(HOUR);
    assert.equal(clock.now(), on.wall());
    assert.equal(clock.behindMs(), 0);
  });

  test('believes no leap ahead at once: one that is put right leaves no trace', async () => {
    const { on, clock, live, start } = await house(await open());
    await live(HOUR);
    on.set(10 * 365 * 24 * HOUR);
    assert.equal(clock.now(), on.wall(), 'things end by it meanwhile, as they always did');
    await live(10 * MINUTE);
    on.set(-10 * 365 * 24 * HOUR);
    assert.equal(clock.now(), on.wall());
    assert.equal(clock.behindMs(), 0);
    assert.equal((await start()).behindMs(), 0);
  });

  test('that was wrong for long is accepted by an admin, and what was made by it ends', async () => {
    const store = await open();
    const { on, clock, live } = await house(store);
    await live(HOUR);
    const user = await addUser(store);
    await addSession(store, user, on.wall(), 'before');
    assert.equal(await acceptClock(store, on.wall()), undefined, 'nothing is wrong yet');
    const year = 365 * 24 * HOUR;
    on.set(year);
    await live(HOUR);
    on.set(-year);
    await live(5 * MINUTE);
    assert.ok(clock.behindMs() > year - HOUR);
    await addSession(store, user, clock.now(), 'meanwhile');
    await addKubeconfig(store, user, clock.now());
    await addKubeconfig(store, user, START, clock.now());
    assert.deepEqual(await acceptClock(store, on.wall()), {
      ...{ sessions: 1, kubeconfigs: 1, apiTokens: 0 },
    });
    await live(MINUTE);
    assert.equal(clock.now(), on.wall());
    assert.equal(clock.behindMs(), 0);
    const left = await store.db.selectFrom('sessions').select('token_hash').execute();
    assert.deepEqual(left, [{ token_hash: 'before' }]);
    const [made, used] = await store.db.selectFrom('kubeconfigs').selectAll().execute();
    assert.notEqual(made?.revoked_at, null);
    assert.equal(used?.revoked_at, null);
    assert.ok((used?.last_used_at ?? 0) <= on.wall());
    // It holds from here on again.
    await live(20 * MINUTE);
    on.set(-HOUR);
    assert.ok(clock.behindMs() > 50 * MINUTE);
  });

  test('never goes back by more than it tolerates, whatever becomes of the machine’s', async () => {
    const store = await open();
    const act = fc.oneof(
      fc.record({ pass: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ set: fc.integer({ min: -200, max: 5 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
        await store.write((tx) => tx.deleteFrom('meta').where('key', '=', 'clock').execute());
        const { on, clock, live } = await house(store);
        await live(20 * MINUTE);
        let latest = clock.now();
        for (const one of acts) {
          if ('pass' in one) await live(one.pass * MINUTE);
          else on.set(one.set * MINUTE);
          assert.ok(clock.now() >= latest - TOLERANCE_MS);
          // So that steps ahead are seen one by one: several together would be a leap.
          await live(MINUTE);
          latest = Math.max(latest, clock.now());
        }
      }),
      { numRuns: 25 },
    );
  });
});

async function addUser(store: Store): Promise<number> {
  const { id } = await store.write((tx) =>
    tx
      .insertInto('users')
      .values({
        ...{ uid: 'u', username: 'ada', username_key: 'ada', password_hash: null, role: 'admin' },
        ...{ disabled: 0, created_at: START, updated_at: START },
      })
      .returning('id')
      .executeTakeFirstOrThrow(),
  );
  return id;
}

async function addSession(store: Store, user_id: number, at: number, token_hash: string) {
  const session = { user_id, token_hash, created_at: at, last_seen_at: at, expires_at: at + HOUR };
  const client = { address: '', user_agent: '' };
  await store.write((tx) =>
    tx
      .insertInto('sessions')
      .values({ ...session, ...client })
      .execute(),
  );
}

async function addKubeconfig(
  store: Store,
  user_id: number,
  created_at: number,
  last_used_at: number | null = null,
) {
  await store.write((tx) =>
    tx
      .insertInto('kubeconfigs')
      .values({
        ...{ user_id, name: 'one', token_hash: `k${created_at}`, hint: '', created_at },
        ...{ expires_at: null, last_used_at },
      })
      .execute(),
  );
}
