import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Person } from '../../scripts/rest.ts';
import { openStore } from '../src/store/store.ts';
import {
  describeOnPostgres,
  eventually,
  newDatabase,
  type TestDatabase,
} from '../src/store/testing.ts';
import { runCommand } from './command.ts';
import { said } from './said.ts';
import { createApp } from './secondFactors.ts';
import { type RunningServer, startServer } from './server.ts';

const LOST = 'a password that nobody remembers';
const NEW = 'another that somebody wrote down';

async function setUp(server: RunningServer): Promise<Person> {
  const admin = server.person();
  const body = { token: server.setupToken ?? '', username: 'Ada', password: LOST };
  await admin.call('setup.complete', { body });
  return admin;
}

/** What a sign-in is answered. */
async function signIn(server: RunningServer, password: string): Promise<number> {
  const person = server.person();
  const response = await person.fetch('/api/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password }),
  });
  await person.close();
  return response.status;
}

describe('a password that is lost', () => {
  let folder: string;
  let dataDir: string;
  let server: RunningServer;
  let admin: Person;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-reset-'));
    dataDir = join(folder, 'data');
    server = await startServer(dataDir);
    admin = await setUp(server);
  });
  after(async () => {
    await admin?.close();
    await server?.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  const reset = (username: string, password: string, at = dataDir) =>
    runCommand(['reset-password', username, '--data-dir', at], password);

  it('is not replaced by one that is too short, nor that of somebody who is not there', async () => {
    const short = await reset('ada', 'short');
    assert.equal(short.code, 1);
    assert.match(short.said, /must have at least 12 characters/);
    const nobody = await reset('eve', NEW);
    assert.equal(nobody.code, 1);
    assert.match(nobody.said, /There is no user eve\./);
    assert.equal(await signIn(server, LOST), 200);
  });

  it('is not looked for where there is nothing, and nothing is made there', async () => {
    const elsewhere = join(folder, 'elsewhere');
    const { code, said } = await reset('ada', NEW, elsewhere);
    assert.equal(code, 1);
    assert.match(said, /There is no \S+sallyport\.db/);
    assert.ok(!existsSync(elsewhere));
  });

  it('is replaced on the machine while Sallyport runs: whoever was signed in is not any more', async () => {
    assert.equal((await admin.fetch('/api/auth/me')).status, 200);
    const { code, said: words } = await reset('ada', NEW);
    assert.equal(code, 0, words);
    assert.match(words, /^ada has a new password, and is signed out everywhere\./);
    assert.ok(!words.includes(NEW));
    await eventually(async () => (await admin.fetch('/api/auth/me')).status === 401);
    assert.equal(await signIn(server, LOST), 401);
    assert.equal(await signIn(server, NEW), 200);
  });

  it('is in the audit log as replaced by nobody who has signed in', async () => {
    const person = server.person();
    await person.call('auth.login', { body: { username: 'ada', password: NEW } });
    const { items } = await person.call('audit.list', {
      query: { resource: 'users', verb: 'update' },
    });
    await person.close();
    assert.equal(items.length, 1);
    const text = JSON.stringify(items[0]);
    assert.match(text, /sallyport reset-password/);
    assert.equal(items[0]?.username, null);
    assert.match(text, /Ada/);
    assert.ok(!text.includes(NEW));
  });

  it('takes the second factor with it, and says so', async () => {
    const person = server.person();
    const body = { username: 'ada', password: NEW };
    await person.call('auth.login', { body });
    const { secret } = await person.call('secondFactor.begin', { body: { password: NEW } });
    const { next } = createApp(secret);
    await person.call('secondFactor.confirm', { body: { code: next() } });
    assert.equal(await signIn(server, NEW), 401);
    const { code, said: words } = await reset('ada', LOST);
    assert.equal(code, 0, words);
    assert.match(words, /Their second factor is removed too/);
    assert.equal(await signIn(server, LOST), 200);
    await person.call('auth.login', { body: { username: 'ada', password: LOST } });
    const { since, removed } = await person.call('secondFactor.get');
    assert.deepEqual([since, removed?.by], [null, null]);
    const { items } = await person.call('audit.list', {
      query: { resource: 'users', verb: 'update' },
    });
    assert.match(JSON.stringify(items[0]), /secondFactorRemoved":true/);
    await person.close();
  });

  it('lets in again whoever was to sign in through a provider', async () => {
    const store = await openStore({ dataDir });
    await store.write((tx) =>
      tx
        .updateTable('users')
        .set({
          ...{ sign_in: 'provider', password_hash: null, provider_at: 1 },
          ...{ provider_issuer: 'https://idp.example', provider_subject: 's' },
        })
        .execute(),
    );
    await store.close();
    assert.equal(await signIn(server, NEW), 401);
    assert.equal((await reset('ada', NEW)).code, 0);
    assert.equal(await signIn(server, NEW), 200);
    const person = server.person();
    await person.call('auth.login', { body: { username: 'ada', password: NEW } });
    assert.partialDeepStrictEqual(await person.call('auth.me'), {
      ...{ signIn: 'password', linked: false, providerAt: null },
    });
    await person.close();
  });

  // SQLite gives what it makes to whom the database belongs (os_unix.c, robustFchown).
  it('leaves no file that the service’s user could not write, where root replaces it', async (t) => {
    if (process.getuid?.() !== 0) return t.skip('only root can be somebody else');
    const other = join(folder, 'other');
    const service = await startServer(other);
    await (await setUp(service)).close();
    await service.kill('SIGTERM');
    const uid = 12_345;
    for (const path of [other, ...readdirSync(other).map((name) => join(other, name))]) {
      chownSync(path, uid, uid);
    }
    const { code, said: words } = await reset('ada', NEW, other);
    assert.equal(code, 0, words);
    for (const name of readdirSync(other)) assert.equal(statSync(join(other, name)).uid, uid, name);
  });
});

describeOnPostgres('a password that is lost', () => {
  let folder: string;
  let database: TestDatabase;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-reset-'));
    database = await newDatabase();
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is replaced where the data are', async () => {
    const env = { DATABASE_URL: database.url };
    const server = await startServer(join(folder, 'data'), [], env);
    const admin = await setUp(server);
    const { code, said: words } = await runCommand(['reset-password', 'ADA'], NEW, env);
    assert.equal(code, 0, words);
    await eventually(async () => (await admin.fetch('/api/auth/me')).status === 401);
    assert.equal((await said(await admin.fetch('/api/auth/me'))).code, 'auth.required');
    assert.equal(await signIn(server, NEW), 200);
    await admin.close();
    await server.kill('SIGTERM');
  });
});
