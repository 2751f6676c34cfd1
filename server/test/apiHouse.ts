import assert from 'node:assert/strict';
import { ApiError } from '@sallyport/contract';
import type { Person } from '../../scripts/rest.ts';
import type { Place } from '../src/store/testing.ts';
import { startServer } from './server.ts';

/** Of everybody whom the tests of the API make. */
export const PASSWORD = 'correct horse battery staple';

/** The real program with an admin, a user named dana, and somebody who is not signed in. */
export type ApiHouse = Awaited<ReturnType<typeof startApiHouse>>;

export async function startApiHouse({ dataDir, databaseUrl }: Place) {
  const server = await startServer(dataDir, databaseUrl ? ['--database-url', databaseUrl] : []);
  const people: Person[] = [];
  const newPerson = (): Person => {
    const person = server.person();
    people.push(person);
    return person;
  };
  const [admin, user, stranger] = [newPerson(), newPerson(), newPerson()];
  const body = { token: server.setupToken ?? '', username: 'admin', password: PASSWORD };
  await admin.call('setup.complete', { body });
  await admin.call('users.create', { body: { username: 'dana', password: PASSWORD } });
  await user.call('auth.login', { body: { username: 'dana', password: PASSWORD } });
  return {
    ...{ server, admin, user, stranger },
    /** Somebody more who is not signed in. */
    newPerson,
    async close(): Promise<void> {
      await Promise.all(people.map((person) => person.close()));
      await server.kill('SIGTERM');
    },
  };
}

/** What a call is refused with. */
export async function problemOf(call: Promise<unknown>) {
  const error = await call.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error.problem;
}
