import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Person } from '../../scripts/rest.ts';
import { createJournal } from '../src/audit/journal.ts';
import { recordOfRequest } from '../src/audit/record.ts';
import { aRequest, openAt } from '../src/audit/testing.ts';
import { describeOnStores } from '../src/store/testing.ts';
import { type ApiHouse, PASSWORD, problemOf, startApiHouse } from './apiHouse.ts';

/** So many that no buffer on the way holds all of them. */
const EVENTS = 40_000;
/** Much less than the 25 s that a tail lasts by itself, and more than a busy machine takes. */
const SOON_MS = 15_000;

describeOnStores('what an admin follows or takes of the audit log', (open) => {
  let house: ApiHouse;
  let admin: Person;
  let count = 0;

  before(async () => {
    const place = await open.place();
    house = await startApiHouse(place);
    ({ admin } = house);
    const database = await openAt(place);
    const journal = createJournal(database);
    for (let n = 0; n < EVENTS; n += 2_000) {
      const batch = Array.from({ length: 2_000 }, (_, i) =>
        recordOfRequest({ ...aRequest(), uri: `/api/v1/${'long/'.repeat(60)}${n + i}` }, 'one'),
      );
      await journal.append(batch);
    }
    await database.close();
  });
  after(() => house?.close());

  /** Another admin, signed in. */
  async function another() {
    const account = { username: `admin-${count++}`, password: PASSWORD };
    const { id } = await admin.call('users.create', { body: { ...account, role: 'admin' } });
    const person = house.newPerson();
    await person.call('auth.login', { body: account });
    return { id, person };
  }

  const soon = <T>(answer: Promise<T>): Promise<T> =>
    Promise.race([
      answer,
      delay(SOON_MS, undefined, { ref: false }).then(() => assert.fail('it went on')),
    ]);

  const ends: ReadonlyArray<
    readonly [how: string, code: string, end: (id: number) => Promise<unknown>]
  > = [
    [
      'made a user',
      'auth.admin_only',
      (id) => admin.call('users.update', { params: { id }, body: { role: 'user' } }),
    ],
    [
      'disabled',
      'auth.required',
      (id) => admin.call('users.update', { params: { id }, body: { disabled: true } }),
    ],
    [
      'signed out',
      'auth.required',
      (id) => admin.call('sessions.endAll', { query: { userId: id } }),
    ],
    ['removed', 'auth.required', (id) => admin.call('users.delete', { params: { id } })],
  ];

  for (const [how, code, end] of ends) {
    it(`ends at once where they are ${how}`, async () => {
      const { id, person } = await another();
      const { tailCursor } = await person.call('audit.list');
      const query = { after: tailCursor, username: 'nobody' };
      const following = problemOf(person.call('audit.tail', { query }));
      const taken = await person.fetch('/api/audit/export');
      assert.equal(taken.status, 200);
      const reader = taken.body?.getReader();
      await reader?.read();
      await end(id);
      assert.equal((await soon(following)).code, code);
      // What was on its way may still come; the end of it does not.
      const rest = async () => {
        while (!(await reader?.read())?.done);
      };
      await assert.rejects(soon(rest()), /terminated|closed|aborted/);
    });
  }

  it('ends at once where their API token is revoked', async () => {
    const { id, token } = await admin.call('tokens.create', { body: { name: 'follower' } });
    const { tailCursor } = await admin.call('audit.list');
    const headers = { authorization: `Bearer ${token}` };
    const path = `/api/audit/tail?after=${tailCursor}&username=nobody`;
    const following = house.stranger.fetch(path, { headers });
    // Another request over another way: the first has surely arrived when this has been answered.
    await house.stranger.fetch('/api/audit/usage', { headers });
    await admin.call('tokens.delete', { params: { id } });
    const answer = await soon(following);
    assert.equal(answer.status, 401);
    assert.match(await answer.text(), /auth\.token_invalid/);
  });

  it('goes on for others, to its end', async () => {
    const { id } = await another();
    const taken = await admin.fetch('/api/audit/export');
    await admin.call('users.update', { params: { id }, body: { role: 'user' } });
    const lines = (await taken.text()).trimEnd().split('\n');
    assert.ok(lines.length >= EVENTS);
  });
});
