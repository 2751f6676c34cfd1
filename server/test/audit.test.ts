import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, it } from 'node:test';
import { ApiError, type AuditItem, type Route, routes } from '@sallyport/contract';
import type { Person } from '../../scripts/rest.ts';
import { describeOnStores, eventually } from '../src/store/testing.ts';
import { said } from './said.ts';
import { type RunningServer, startServer } from './server.ts';

const PASSWORD = 'correct horse battery staple';

describeOnStores('the audit log of the real program', (open) => {
  let server: RunningServer;
  let admin: Person;
  let stranger: Person;

  before(async () => {
    const { dataDir, databaseUrl } = await open.place();
    server = await startServer(dataDir, databaseUrl ? ['--database-url', databaseUrl] : []);
    admin = server.person();
    stranger = server.person();
    const body = { token: server.setupToken ?? '', username: 'admin', password: PASSWORD };
    await admin.call('setup.complete', { body });
  });
  after(async () => {
    await Promise.all([admin?.close(), stranger?.close()]);
    await server?.kill('SIGTERM');
  });

  async function newest(query: Record<string, string> = {}): Promise<AuditItem> {
    const { items } = await admin.call('audit.list', { query: { limit: 1, ...query } });
    const [item] = items;
    assert.ok(item);
    return item;
  }

  it('tells of the set-up, by whom, but not of its token or password', async () => {
    const item = await newest();
    assert.equal(item.kind, 'act');
    assert.deepEqual([item.resource, item.verb, item.status], ['setup', 'complete', 201]);
    assert.equal(item.username, 'admin');
    assert.equal(item.address, '127.0.0.1');
    assert.equal(item.details, null);
  });

  it('has an act before it is answered, with who, what and the request id', async () => {
    const response = await admin.fetch('/api/teams', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'crew' }),
    });
    assert.equal(response.status, 201);
    const item = await newest();
    assert.equal(item.requestId, response.headers.get('x-request-id'));
    assert.deepEqual(
      [item.username, item.resource, item.verb, item.name, item.status, item.code],
      ['admin', 'teams', 'create', 'crew', 201, null],
    );
    assert.deepEqual(item.details, { name: 'crew' });
  });

  it('names what was removed, though it is there no more', async () => {
    const team = await admin.call('teams.create', { body: { name: 'gone' } });
    await admin.call('teams.delete', { params: { id: team.id } });
    const item = await newest({ verb: 'delete' });
    assert.deepEqual([item.resource, item.name, item.status], ['teams', 'gone', 204]);
  });

  it('says that a password was set, and keeps it to itself', async () => {
    const body = { username: 'dana', password: 'a secret of dana alone' };
    const { id } = await admin.call('users.create', { body });
    await admin.call('users.update', { params: { id }, body: { password: 'another secret one' } });
    const item = await newest();
    assert.deepEqual([item.resource, item.verb, item.name], ['users', 'update', 'dana']);
    assert.deepEqual(item.details, { password: '[hidden]' });
    const file = await (await admin.fetch('/api/audit/export')).text();
    for (const secret of [PASSWORD, body.password, 'another secret one', 'sallyport_']) {
      assert.ok(!file.includes(secret), secret);
    }
  });

  it('names an account that somebody tried, and nothing that is no account', async () => {
    const attempt = (username: string) =>
      stranger.call('auth.login', { body: { username, password: 'not the one' } }).then(
        () => assert.fail(),
        (error: unknown) => assert.ok(error instanceof ApiError),
      );
    await attempt('Dana');
    const known = await newest({ resource: 'auth' });
    assert.deepEqual(
      [known.verb, known.name, known.status, known.code, known.username],
      ['login', 'dana', 401, 'auth.failed', null],
    );
    await attempt('my password, typed in the wrong field');
    const unknown = await newest({ resource: 'auth' });
    assert.deepEqual([unknown.name, unknown.status], [null, 401]);
    assert.ok(!JSON.stringify(unknown).includes('typed'));
  });

  it('tells of every route that does something, also where it refuses', async () => {
    for (const [name, route] of Object.entries(routes) as Array<[string, Route]>) {
      if (route.readOnly || (route.method === 'GET' && !route.file)) continue;
      const path = route.path.replace(/:\w+/g, '999999');
      const response = await admin.fetch(path, {
        method: route.method,
        ...(route.method === 'GET' ? {} : { headers: { origin: 'https://evil.example' } }),
      });
      await response.text();
      const item = await newest();
      assert.equal(`${item.resource}.${item.verb}`, name);
      assert.equal(item.status, response.status, name);
    }
  });

  it('pages through all events, each once', async () => {
    const all = await admin.call('audit.list', { query: { limit: 1000 } });
    assert.equal(all.nextCursor, null);
    const ids: number[] = [];
    let before: string | undefined;
    do {
      const query = { limit: 3, ...(before === undefined ? {} : { before }) };
      const page = await admin.call('audit.list', { query });
      ids.push(...page.items.map(({ id }) => id));
      before = page.nextCursor ?? undefined;
    } while (before !== undefined);
    assert.deepEqual(
      ids,
      all.items.map(({ id }) => id),
    );
  });

  it('follows: an answer comes when something is written', async () => {
    const { tailCursor } = await admin.call('audit.list');
    const following = admin.call('audit.tail', { query: { after: tailCursor, verb: 'create' } });
    await admin.call('teams.create', { body: { name: 'followed' } });
    const { items, tailCursor: next } = await following;
    assert.deepEqual(
      items.map(({ name }) => name),
      ['followed'],
    );
    assert.ok(Number(next) > Number(tailCursor));
  });

  it('lets nobody who follows hold up the end', async () => {
    const place = await open.place();
    const other = await startServer(place.dataDir, [
      ...(place.databaseUrl ? ['--database-url', place.databaseUrl] : []),
      '--shutdown-grace=1h',
    ]);
    const person = other.person();
    const body = { token: other.setupToken ?? '', username: 'admin', password: PASSWORD };
    await person.call('setup.complete', { body });
    const { tailCursor } = await person.call('audit.list');
    const following = person.call('audit.tail', { query: { after: tailCursor } });
    // Another request over the same way, so that the first one has surely arrived.
    await person.call('auth.me');
    const end = other.kill('SIGTERM');
    assert.deepEqual((await following).items, []);
    await person.close();
    assert.equal(await end, 0);
  });

  it('gives files: events of Kubernetes line by line, and a table', async () => {
    const lines = await admin.fetch('/api/audit/export?resource=teams&verb=create&q=foll');
    assert.equal(lines.headers.get('content-type'), 'application/jsonl; charset=utf-8');
    const events = (await lines.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(events.length, 1);
    assert.equal(events[0].apiVersion, 'audit.k8s.io/v1');
    assert.equal(events[0].objectRef.name, 'followed');
    assert.equal((await newest()).resource, 'audit', 'who took a file is told as well');
    const table = await (await admin.fetch('/api/audit/export?format=csv&verb=create')).text();
    const [head, first] = table.split('\r\n');
    assert.match(head ?? '', /^id,time,.*,details$/);
    assert.match(first ?? '', /,followed,/);
  });

  it('gives no credential while an act cannot be written, and writes it when it can', async (t) => {
    const file = join(server.dataDir, 'audit.db');
    if (!existsSync(file)) {
      t.skip('nobody else holds the lock of a table in PostgreSQL for long');
      return;
    }
    // The program may be writing at this very moment.
    const other = new DatabaseSync(file, { timeout: 60_000 });
    t.after(() => other.close());
    other.exec('begin immediate');
    const response = await stranger.fetch('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: PASSWORD }),
    });
    const refused = await admin.fetch('/api/teams', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: '' }),
    });
    other.exec('rollback');
    for (const answer of [response, refused]) {
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal((await said(answer)).code, 'audit.unavailable');
    }
    assert.deepEqual(response.headers.getSetCookie(), []);
    await eventually(async () => {
      const item = await newest({ resource: 'auth', username: 'admin' });
      return item.requestId === response.headers.get('x-request-id');
    });
  });

  it('finds by everything that an event has', async () => {
    for (const query of [
      { username: 'admin' },
      { userId: '1' },
      { kind: 'act' as const },
      { resource: 'teams' },
      { verb: 'create' },
      { status: '201' },
      { status: '2xx' },
      { q: 'follow' },
      { q: 'CREW teams' },
      { from: new Date(Date.now() - 60_000).toISOString() },
      { to: new Date(Date.now() + 60_000).toISOString(), resource: 'teams', q: 'crew' },
    ]) {
      const { items } = await admin.call('audit.list', { query });
      assert.ok(items.length > 0, JSON.stringify(query));
    }
    for (const query of [
      { username: 'nobody' },
      { environmentId: '7' },
      { namespace: 'kube-system' },
      { kind: 'proxy' as const },
      { status: '5xx' },
      { q: 'crew nowhere' },
      { to: new Date(Date.now() - 60_000).toISOString() },
      { from: new Date(Date.now() + 60_000).toISOString() },
    ]) {
      const { items } = await admin.call('audit.list', { query });
      assert.deepEqual(items, [], JSON.stringify(query));
    }
  });
});
