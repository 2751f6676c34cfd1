import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Person } from '../../scripts/rest.ts';
import type { FakeServer } from '../src/environments/fakeServer.ts';
import { openStore } from '../src/store/store.ts';
import { furnish, PASSWORD, setUp, startCluster } from './backupHouse.ts';
import { runCommand } from './command.ts';
import { said } from './said.ts';
import { type RunningServer, startServer } from './server.ts';

const DAY = 86_400_000;

/** The clock was a year ahead, and is not any more: as a store looks that has seen it. */
describe('a clock that was set back', () => {
  let folder: string;
  let cluster: FakeServer;
  let server: RunningServer;
  let person: Person;
  let token: string;
  const ask = () =>
    person.fetch('/api/endpoints/1/kubernetes/version', {
      headers: { authorization: `Bearer ${token}` },
    });
  const signIn = async () => {
    person = server.person();
    await person.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-clock-'));
    cluster = await startCluster();
    server = await startServer(folder);
    person = await setUp(server);
    token = await furnish(person, cluster);
    assert.equal((await ask()).status, 200);
    assert.deepEqual((await person.call('system.clock')).behindSeconds, 0);
    await person.close();
    await server.kill('SIGTERM');
    const store = await openStore({ dataDir: folder });
    const value = JSON.stringify({ at: Date.now() + 400 * DAY, accepted: 0 });
    await store.write(async (tx) => {
      await tx.deleteFrom('meta').where('key', '=', 'clock').execute();
      await tx.insertInto('meta').values({ key: 'clock', value }).execute();
    });
    await store.close();
    server = await startServer(folder);
    person = server.person();
  });
  after(async () => {
    await person?.close();
    await server?.kill('SIGTERM');
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes nothing good again that had expired by then', async () => {
    const answer = await ask();
    assert.equal(answer.status, 401);
    assert.match(await answer.text(), /has expired|proxy\.kubeconfig_expired/);
  });

  it('is said in the log, in the metrics, and to admins; and they can sign in', async () => {
    assert.match(server.log(), /The clock is behind a time that it has shown before/);
    await signIn();
    const { behindSeconds, seen } = await person.call('system.clock');
    assert.ok(Math.abs(behindSeconds - (400 * DAY) / 1_000) < 3_600, String(behindSeconds));
    assert.ok(Date.parse(seen) > Date.now() + 399 * DAY);
    const metrics = await (await person.fetch('/metrics')).text();
    assert.match(metrics, /^sallyport_clock_behind_seconds\{[^}]+\} 345\d{5}$/m);
    assert.equal(
      (await person.fetch('/readyz')).status,
      200,
      'to send people elsewhere helps none',
    );
  });

  it('is told to admins alone', async () => {
    const body = { username: 'dana', password: PASSWORD };
    await person.call('users.create', { body });
    const dana = server.person();
    assert.equal((await said(await dana.fetch('/api/system/clock'))).code, 'auth.required');
    await dana.call('auth.login', { body });
    assert.equal((await said(await dana.fetch('/api/system/clock'))).code, 'auth.admin_only');
    await dana.close();
  });

  it('is accepted on the machine where the later time was wrong: all goes on as before', async () => {
    const { code, said: words } = await runCommand(['accept-clock', '--data-dir', folder], '');
    assert.equal(code, 0, words);
    assert.match(words, /2 sign-ins, 0 kubeconfigs and 0 API tokens have ended/);
    const again = await runCommand(['accept-clock', '--data-dir', folder], '');
    assert.match(again.said, /The clock is not behind; nothing was changed/);
    await server.kill('SIGTERM');
    server = await startServer(folder);
    await signIn();
    assert.equal((await ask()).status, 200);
    assert.equal((await person.call('system.clock')).behindSeconds, 0);
    assert.doesNotMatch(server.log(), /The clock is behind/);
    const { items } = await person.call('audit.list', { query: { verb: 'acceptClock' } });
    assert.equal(items.length, 1);
    assert.equal(items[0]?.userAgent, 'sallyport accept-clock');
  });

  it('is not looked for where there is nothing', async () => {
    const { code, said } = await runCommand(['accept-clock', '--data-dir', `${folder}/none`], '');
    assert.equal(code, 1);
    assert.match(said, /There is no \S+sallyport\.db/);
  });
});
