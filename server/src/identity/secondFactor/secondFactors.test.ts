import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCode } from '@sallyport/contract';
import { generateSync } from 'otplib/functional';
import { describeOnStores, type OpenTestStore } from '../../store/testing.ts';
import { hashToken, newToken } from '../../tokens.ts';
import { everything, openIdentity, PASSWORD, topicsOf } from '../testing.ts';
import { noteRemoval, removeFactor } from './remove.ts';

const here = { address: '10.0.0.1', userAgent: 'test' };
const WRONG = { code: 'auth.code_wrong' };
const BEGIN_AGAIN = { code: 'auth.begin_again' };
const LIMITED = { code: 'auth.rate_limited' };
const STEP = 30_000;

/** The room with dana, who is signed in, and their app. */
async function setUp(open: OpenTestStore) {
  const room = await openIdentity(open);
  const { id } = await room.users.create({ username: 'dana', password: PASSWORD, role: 'user' });
  const newSession = async (userId = id) => {
    const cookie = await room.sessions.create(userId, here);
    const session = await room.sessions.authenticate(cookie);
    assert.ok(session);
    return { cookie, sessionId: session.sessionId };
  };
  const { cookie, sessionId } = await newSession();
  const owner = { userId: id, username: 'dana', sessionId, address: here.address };
  let secret = '';
  /** What the app shows so many steps from now. */
  const shown = (steps = 0) =>
    generateSync({ secret, epoch: Math.floor(room.now() / 1000) + steps * 30 });
  const begin = async () => {
    const made = await room.secondFactors.begin(owner, 'gate.example');
    ({ secret } = made);
    return made;
  };
  /** Has it switched on, with the time moved to the next code. */
  const switchOn = async () => {
    await begin();
    const codes = await room.secondFactors.confirm(owner, shown());
    room.pass(STEP);
    return codes.map(plain);
  };
  const half = async () => {
    await room.signIn({ username: 'dana', password: PASSWORD, address: here.address });
    return room.halfSignIns.begin(id);
  };
  const finish = async (code: string, token?: string, address = here.address) =>
    room.halfSignIns.finish({ token: token ?? (await half()), code, address });
  const isOn = async () => (await room.users.get(id)).secondFactor;
  return {
    ...{ ...room, id, owner, cookie, newSession },
    ...{ shown, begin, switchOn, half, finish, isOn },
  };
}

const plain = (code: string) => parseCode(code)?.code ?? '';
const wrongOf = (code: string) => (code === '000000' ? '000001' : '000000');

describeOnStores('a second factor', (open) => {
  test('counts once a code of it was given, in the session that began it', async () => {
    const { begin, secondFactors, owner, shown, isOn, newSession, pass } = await setUp(open);
    await assert.rejects(secondFactors.confirm(owner, '123456'), {
      code: 'second_factor.not_begun',
    });
    await begin();
    assert.ok(!(await isOn()));
    const other = { ...owner, sessionId: (await newSession()).sessionId };
    await assert.rejects(secondFactors.confirm(other, shown()), {
      code: 'second_factor.not_begun',
    });
    await assert.rejects(secondFactors.confirm(owner, wrongOf(shown())), WRONG);
    pass(15 * 60_000);
    await assert.rejects(secondFactors.confirm(owner, shown()), {
      code: 'second_factor.not_begun',
    });
    await begin();
    const codes = await secondFactors.confirm(owner, shown());
    assert.ok(await isOn());
    assert.equal(new Set(codes).size, 10);
    for (const code of codes) assert.match(code, /^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-z]{4}$/);
    const exists = { code: 'second_factor.exists' };
    await assert.rejects(begin(), exists);
    await assert.rejects(secondFactors.confirm(owner, shown(1)), exists);
  });

  test('is kept sealed, with recovery codes as hashes', async () => {
    const { begin, secondFactors, owner, shown, store, id } = await setUp(open);
    const { secret, uri } = await begin();
    assert.match(uri, /^otpauth:\/\/totp\/Sallyport%20gate\.example:dana\?/);
    const codes = await secondFactors.confirm(owner, shown());
    const factors = await store.db.selectFrom('second_factors').selectAll().execute();
    const kept = await store.db.selectFrom('recovery_codes').selectAll().execute();
    const all = JSON.stringify([factors, kept]);
    for (const text of [secret, ...codes, ...codes.map(plain)]) assert.ok(!all.includes(text));
    assert.deepEqual(
      kept.map(({ code_hash }) => code_hash).sort(),
      codes.map((code) => hashToken(plain(code))).sort(),
    );
    // Moved to another user it opens no longer.
    await store.write((tx) =>
      tx
        .updateTable('second_factors')
        .set({ secret: factors[0]?.secret.replace(String(id), '4242') ?? '' })
        .execute(),
    );
    await assert.rejects(secondFactors.off(owner, shown(1)), { code: 'second_factor.unreadable' });
  });

  test('asks for a code after the password, and for each code once', async () => {
    const { switchOn, finish, shown, half, signIn } = await setUp(open);
    await switchOn();
    const user = await signIn({ username: 'dana', password: PASSWORD, address: '10.0.0.9' });
    assert.ok(user.secondFactor);
    const token = await half();
    assert.equal((await finish(shown(), token)).by, 'app');
    // The half sign-in is used up, and so is the code.
    await assert.rejects(finish(shown(1), token), BEGIN_AGAIN);
    await assert.rejects(finish(shown()), WRONG);
    await finish(shown(1));
  });

  test('takes no code of a step before the one that was used last', async () => {
    const { switchOn, finish, shown } = await setUp(open);
    await switchOn();
    await finish(shown(1));
    for (const steps of [-1, 0, 1]) await assert.rejects(finish(shown(steps)), WRONG);
  });

  test('takes each recovery code once, and says how many are left', async () => {
    const { switchOn, finish, secondFactors, id } = await setUp(open);
    const [first = '', second = ''] = await switchOn();
    assert.equal((await finish(first)).by, 'recovery code');
    await assert.rejects(finish(first), WRONG);
    assert.equal((await secondFactors.get(id)).recoveryCodesLeft, 9);
    await finish(second);
    assert.equal((await secondFactors.get(id)).recoveryCodesLeft, 8);
  });

  test('lets one win where two bring the same code, also to two processes', async () => {
    const { switchOn, half, finish, shown, another } = await setUp(open);
    const [recovery = ''] = await switchOn();
    const other = await another();
    for (const code of [shown(), recovery]) {
      const tokens = [await half(), await half(), await half(), await half()];
      const results = await Promise.allSettled(
        tokens.map((token, n) =>
          n % 2 === 0
            ? finish(code, token)
            : other.halfSignIns.finish({ token, code, address: here.address }),
        ),
      );
      const won = results.filter(({ status }) => status === 'fulfilled');
      assert.equal(won.length, 1);
      for (const result of results) {
        if (result.status === 'rejected') assert.equal(result.reason.code, 'auth.code_wrong');
      }
    }
  });

  test('has five tries and five minutes after each password', async () => {
    const { switchOn, half, finish, shown, pass } = await setUp(open);
    await switchOn();
    const token = await half();
    for (let n = 0; n < 5; n += 1) await assert.rejects(finish(wrongOf(shown()), token), WRONG);
    await assert.rejects(finish(shown(), token), BEGIN_AGAIN);
    const late = await half();
    pass(5 * 60_000);
    await assert.rejects(finish(shown(), late), BEGIN_AGAIN);
    const inTime = await half();
    pass(5 * 60_000 - 1);
    await finish(shown(), inTime);
  });

  test('is not finished with what is no half sign-in, or is that of somebody else', async () => {
    const { switchOn, finish, shown, cookie, users, halfSignIns, id } = await setUp(open);
    await switchOn();
    const eve = await users.create({ username: 'eve', password: PASSWORD, role: 'user' });
    const theirs = await halfSignIns.begin(eve.id);
    for (const token of ['', 'x', cookie, newToken('signin').token, newToken('session').token]) {
      await assert.rejects(finish(shown(), token), BEGIN_AGAIN);
    }
    await assert.rejects(finish(shown(), theirs), BEGIN_AGAIN);
    await users.create({ username: 'boss', password: PASSWORD, role: 'admin' });
    const before = await halfSignIns.begin(id);
    await users.update(id, { disabled: true });
    await users.update(id, { disabled: false });
    await assert.rejects(finish(shown(), before), BEGIN_AGAIN);
  });

  test('leaves a half sign-in that opens no session, and that a new password ends', async () => {
    const { switchOn, half, finish, shown, sessions, users, owner, id } = await setUp(open);
    await switchOn();
    const token = await half();
    assert.equal(await sessions.authenticate(token), undefined);
    assert.equal(await sessions.authenticate(token.replace('_signin_', '_session_')), undefined);
    const change = { currentPassword: PASSWORD, newPassword: 'another long password' };
    await users.changeOwnPassword(id, change, owner.sessionId);
    await assert.rejects(finish(shown(), token), BEGIN_AGAIN);
    const again = await half().catch((error) => error.code);
    assert.equal(again, 'auth.failed');
  });

  test('counts ten wrong codes as ten wrong passwords, whatever passwords come between', async () => {
    const { switchOn, finish, half, shown, pass } = await setUp(open);
    await switchOn();
    for (let n = 0; n < 10; n += 1) await assert.rejects(finish(wrongOf(shown())), WRONG);
    await assert.rejects(half(), { ...LIMITED, retryAfter: 30 });
    pass(STEP);
    await finish(shown());
  });

  test('has the app wait after ten wrong codes from many addresses, but no recovery code', async () => {
    const { switchOn, finish, halfSignIns, id, shown, another, pass, secondFactors } =
      await setUp(open);
    const [recovery = ''] = await switchOn();
    const attempt = async (code: string, n: number) =>
      finish(code, await halfSignIns.begin(id), `10.6.6.${n}`);
    for (let n = 0; n < 10; n += 1) await assert.rejects(attempt(wrongOf(shown()), n), WRONG);
    await assert.rejects(attempt(shown(), 50), { ...LIMITED, retryAfter: 30 });
    const elsewhere = (await another()).halfSignIns;
    const there = { token: await elsewhere.begin(id), code: shown(), address: '10.7.7.7' };
    await assert.rejects(elsewhere.finish(there), LIMITED);
    pass(STEP);
    await assert.rejects(attempt(wrongOf(shown()), 51), WRONG);
    await assert.rejects(attempt(shown(), 52), { ...LIMITED, retryAfter: 60 });
    assert.equal((await attempt(recovery, 53)).by, 'recovery code');
    assert.equal((await secondFactors.get(id)).recoveryCodesLeft, 9);
    await attempt(shown(), 54);
  });

  test('ends the other sign-ins when it is switched on and when it is switched off', async () => {
    const { begin, secondFactors, owner, cookie, shown, newSession, sessions, pass, half, finish } =
      await setUp(open);
    const goes = async (token: string) => (await sessions.authenticate(token)) !== undefined;
    const elsewhere = await newSession();
    await begin();
    assert.ok(await goes(elsewhere.cookie));
    await secondFactors.confirm(owner, shown());
    assert.deepEqual([await goes(elsewhere.cookie), await goes(cookie)], [false, true]);
    const again = await newSession();
    const halfway = await half();
    pass(STEP);
    await assert.rejects(secondFactors.off(owner, wrongOf(shown())), WRONG);
    assert.ok(await goes(again.cookie));
    await secondFactors.off(owner, shown());
    assert.deepEqual([await goes(again.cookie), await goes(cookie)], [false, true]);
    await assert.rejects(finish(shown(1), halfway), BEGIN_AGAIN);
    await assert.rejects(secondFactors.off(owner, shown(1)), { code: 'second_factor.none' });
  });

  test('is switched off with a recovery code too, and its codes are good for no later one', async () => {
    const { switchOn, secondFactors, owner, isOn, finish, store } = await setUp(open);
    const [first = '', second = ''] = await switchOn();
    await secondFactors.off(owner, first);
    assert.ok(!(await isOn()));
    assert.deepEqual(await store.db.selectFrom('recovery_codes').selectAll().execute(), []);
    await switchOn();
    await assert.rejects(finish(second), WRONG);
  });

  test('is given new recovery codes for a code, in place of the earlier ones', async () => {
    const { switchOn, secondFactors, owner, shown, finish } = await setUp(open);
    const [old = ''] = await switchOn();
    await assert.rejects(secondFactors.renewCodes(owner, wrongOf(shown())), WRONG);
    const codes = await secondFactors.renewCodes(owner, shown());
    assert.equal(codes.length, 10);
    await assert.rejects(finish(old), WRONG);
    await finish(plain(codes[3] ?? ''));
  });

  test('is changed by no session that has ended meanwhile', async () => {
    const { switchOn, secondFactors, owner, shown, sessions, isOn } = await setUp(open);
    await switchOn();
    await sessions.endOne(owner.sessionId);
    const ended = { code: 'auth.required' };
    await assert.rejects(secondFactors.off(owner, shown()), ended);
    await assert.rejects(secondFactors.renewCodes(owner, shown()), ended);
    await assert.rejects(secondFactors.begin(owner, undefined), ended);
    assert.ok(await isOn());
  });

  test('is taken away by an admin, which ends every sign-in and is told until there is one again', async () => {
    const {
      switchOn,
      secondFactors,
      id,
      isOn,
      sessions,
      cookie,
      store,
      users,
      begin,
      owner,
      shown,
    } = await setUp(open);
    await assert.rejects(secondFactors.remove(4242, 'boss'), { code: 'user.not_found' });
    await assert.rejects(secondFactors.remove(id, 'boss'), { code: 'second_factor.none' });
    assert.ok(await sessions.authenticate(cookie), 'there was nothing to take away');
    await switchOn();
    const heard = topicsOf(store);
    await secondFactors.remove(id, 'boss');
    assert.deepEqual(heard, ['sessions users']);
    assert.ok(!(await isOn()));
    assert.equal(await sessions.authenticate(cookie), undefined);
    assert.equal((await secondFactors.get(id)).removed?.by, 'boss');
    await store.write(async (tx, changed) => {
      await removeFactor(tx, changed, id);
      await noteRemoval(tx, id, null, 0);
    });
    assert.deepEqual((await secondFactors.get(id)).removed, {
      at: '1970-01-01T00:00:00.000Z',
      by: null,
    });
    const session = await sessions.authenticate(await sessions.create(id, here));
    const back = { ...owner, sessionId: session?.sessionId ?? 0 };
    Object.assign(owner, back);
    await begin();
    await secondFactors.confirm(back, shown());
    assert.equal((await secondFactors.get(id)).removed, null);
    await users.create({ username: 'boss', password: PASSWORD, role: 'admin' });
    await users.delete(id);
    for (const table of ['second_factors', 'recovery_codes', 'second_factor_removals'] as const) {
      assert.deepEqual(await store.db.selectFrom(table).selectAll().execute(), []);
    }
  });

  test('is asked of whom the settings say, of a session until they have one', async () => {
    const { secondFactors, asks, sessions, id, begin, owner, shown, users } = await setUp(open);
    const boss = await users.create({ username: 'boss', password: PASSWORD, role: 'admin' });
    const dana = await users.get(id);
    const due = () => [secondFactors.isDue(dana), secondFactors.isDue(boss)];
    assert.deepEqual(due(), [false, false]);
    asks.rule = 'admins';
    assert.deepEqual(due(), [false, true]);
    asks.rule = 'everybody';
    assert.deepEqual(due(), [true, true]);
    assert.ok(!secondFactors.isDue({ ...dana, secondFactor: true }));

    const held = await sessions.create(id, here, true);
    const isHeld = async (token: string) => {
      const session = await sessions.authenticate(token);
      assert.ok(session);
      return secondFactors.isHeld(session);
    };
    assert.ok(await isHeld(held));
    assert.ok(!(await isHeld(await sessions.create(id, here))));
    asks.rule = 'admins';
    assert.ok(!(await isHeld(held)), 'it is asked for no longer');
    asks.rule = 'everybody';
    const session = await sessions.authenticate(held);
    const back = { ...owner, sessionId: session?.sessionId ?? 0 };
    Object.assign(owner, back);
    await begin();
    assert.ok(await isHeld(held), 'a secret alone is no second factor');
    await secondFactors.confirm(back, shown());
    assert.ok(!(await isHeld(held)));
  });

  test('that is asked for and switched off leaves a session that opens nothing more', async () => {
    const { secondFactors, asks, switchOn, owner, sessions, cookie, shown } = await setUp(open);
    asks.rule = 'everybody';
    await switchOn();
    const held = async () => {
      const session = await sessions.authenticate(cookie);
      return session && secondFactors.isHeld(session);
    };
    assert.equal(await held(), false);
    await secondFactors.off(owner, shown());
    assert.equal(await held(), true);
  });

  test('is seen in the list of users, which can be narrowed down by it', async () => {
    const { switchOn, users, begin } = await setUp(open);
    await users.create({ username: 'eve', password: PASSWORD, role: 'user' });
    const names = async (secondFactor: boolean) => {
      const { items, total } = await users.list({ ...everything, secondFactor });
      return [total, ...items.map(({ username, secondFactor: has }) => [username, has])];
    };
    await begin();
    assert.deepEqual(await names(true), [0]);
    await switchOn();
    assert.deepEqual(await names(true), [1, ['dana', true]]);
    assert.deepEqual(await names(false), [1, ['eve', false]]);
  });
});
