import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { ApiError, type Route, routes } from '@sallyport/contract';
import type { Person } from '../../scripts/rest.ts';
import { openStore } from '../src/store/store.ts';
import { describeOnStores } from '../src/store/testing.ts';
import { addEnvironment } from '../src/store/testRows.ts';
import { newToken } from '../src/tokens.ts';
import { said } from './said.ts';
import { type RunningServer, startServer } from './server.ts';

const PASSWORD = 'correct horse battery staple';

describeOnStores('the REST API of the real program', (open) => {
  const people: Person[] = [];
  let place: Awaited<ReturnType<typeof open.place>>;
  let server: RunningServer;
  let admin: Person;
  let user: Person;
  let stranger: Person;

  before(async () => {
    place = await open.place();
    const { dataDir, databaseUrl } = place;
    server = await startServer(dataDir, databaseUrl ? ['--database-url', databaseUrl] : []);
    [admin, user, stranger] = [newPerson(), newPerson(), newPerson()];
    const body = { token: server.setupToken ?? '', username: 'admin', password: PASSWORD };
    await admin.call('setup.complete', { body });
    await admin.call('users.create', { body: { username: 'dana', password: PASSWORD } });
    await user.call('auth.login', { body: { username: 'dana', password: PASSWORD } });
  });
  after(async () => {
    await Promise.all(people.map((person) => person.close()));
    await server?.kill('SIGTERM');
  });

  function newPerson(): Person {
    const person = server.person();
    people.push(person);
    return person;
  }

  async function problemOf(call: Promise<unknown>) {
    const error = await call.then(
      () => assert.fail('it was not refused'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ApiError, String(error));
    return error.problem;
  }

  it('lets nobody in without a sign-in, except where the contract says so', async () => {
    for (const [name, route] of Object.entries(routes) as Array<[string, Route]>) {
      if (route.access === 'public') continue;
      const path = route.path.replace(/:\w+/g, '1');
      const response = await stranger.fetch(path, { method: route.method });
      assert.equal(response.status, 401, name);
      assert.equal((await said(response)).code, 'auth.required', name);
    }
  });

  it('lets no user into what is for admins, whatever they send', async () => {
    for (const [name, route] of Object.entries(routes) as Array<[string, Route]>) {
      if (route.access !== 'admin') continue;
      const path = route.path.replace(/:\w+/g, '1');
      const response = await user.fetch(path, { method: route.method });
      assert.equal(response.status, 403, name);
      assert.equal((await said(response)).code, 'auth.admin_only', name);
    }
  });

  it('says of a wrong password no more than of an unknown user', async () => {
    const attempt = (username: string) =>
      problemOf(stranger.call('auth.login', { body: { username, password: 'wrong password' } }));
    const { requestId: _a, ...known } = await attempt('dana');
    const { requestId: _b, ...unknown } = await attempt('nobody');
    assert.deepEqual(known, unknown);
    assert.equal(known.code, 'auth.failed');
  });

  it('makes guessers wait, and says for how long', async () => {
    const guess = () =>
      stranger.fetch('/api/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'target', password: 'a guess' }),
      });
    let last = await guess();
    for (let tries = 0; tries < 20 && last.status === 401; tries += 1) last = await guess();
    assert.equal(last.status, 429);
    assert.ok(Number(last.headers.get('retry-after')) > 0);
    assert.equal((await said(last)).code, 'auth.rate_limited');
  });

  it('gives a session in a cookie that scripts, other sites and plain HTTP never see', async () => {
    const person = newPerson();
    const response = await person.fetch('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'dana', password: PASSWORD }),
    });
    const [cookie] = response.headers.getSetCookie();
    assert.match(cookie ?? '', /^__Host-sallyport=sallyport_session_\w+; /);
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) {
      assert.ok(cookie?.includes(attribute), attribute);
    }
    assert.ok(!/domain=/i.test(cookie ?? ''));
  });

  it('ends the session at sign-out, also for a copy of the cookie', async () => {
    const person = newPerson();
    const login = await person.fetch('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'dana', password: PASSWORD }),
    });
    const cookie = login.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const me = () => stranger.fetch('/api/auth/me', { headers: { cookie } });
    assert.equal((await me()).status, 200);
    await person.call('auth.logout');
    assert.equal((await me()).status, 401);
  });

  it('refuses what another site’s page sends on the cookie', async () => {
    const foreign: Array<Record<string, string>> = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      const response = await admin.fetch('/api/teams', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"name":"evil"}',
      });
      assert.equal(response.status, 403);
      assert.equal((await said(response)).code, 'request.cross_origin');
    }
    const link = await admin.fetch('/api/kubernetes/config', {
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    assert.equal((await said(link)).code, 'request.cross_origin');
  });

  it('asks the same of a path whose letters are escaped', async () => {
    const login = await stranger.fetch('/%61pi/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
      body: JSON.stringify({ username: 'dana', password: PASSWORD }),
    });
    assert.equal((await said(login)).code, 'request.cross_origin');
    assert.deepEqual(login.headers.getSetCookie(), []);
    for (const path of ['/%61pi/settings/public', '/a%70i/users']) {
      const { headers } = await admin.fetch(path);
      assert.equal(headers.get('cache-control'), 'no-store', path);
    }
    assert.equal((await stranger.fetch('/%61pi/users')).status, 401);
    assert.equal((await admin.fetch('/%61pi/users')).status, 200);
  });

  it('takes JSON only, so that no form can be a request', async () => {
    const response = await admin.fetch('/api/teams', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"name":"form"}',
    });
    assert.equal(response.status, 415);
  });

  it('names what is wrong with a body, field by field', async () => {
    const { code, errors, detail } = await problemOf(
      admin.call('users.create', { body: { username: 'a b', password: 'short' } }),
    );
    assert.equal(code, 'request.invalid');
    assert.deepEqual(errors?.map(({ path }) => path).sort(), ['password', 'username']);
    assert.match(detail, /must have at least 12 characters/);
    const later = problemOf(admin.call('audit.list', { query: { from: 'yesterday' } }));
    assert.equal((await later).detail, 'from: must be a time like 2026-12-31T18:00:00Z.');
  });

  it('refuses fields that it does not know, rather than ignore them', async () => {
    const response = await admin.fetch('/api/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'x', password: PASSWORD, admin: true }),
    });
    assert.equal(response.status, 400);
  });

  it('answers bad JSON, a body too large and ids that are none with their own error', async () => {
    const post = (body: string) =>
      admin.fetch('/api/teams', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    assert.equal((await post('{"name":')).status, 400);
    assert.equal((await post('')).status, 400);
    assert.equal((await post(JSON.stringify({ name: 'x'.repeat(3_000_000) }))).status, 413);
    assert.match((await said(await post('x'.repeat(3_000_000)))).detail ?? '', /larger than 2 MB/);
    for (const id of ['abc', '0', '-1', '1.5', '99999999999999', '%00']) {
      assert.equal((await admin.fetch(`/api/users/${id}`)).status, 400, id);
    }
    assert.equal((await admin.fetch('/api/users/4242')).status, 404);
  });

  it('answers a path that is none with its own error, and repeats nothing of it', async () => {
    for (const path of ['/api/%zz', '/api/users/%e0%a4', '/%', `/api/users/${'1'.repeat(200)}`]) {
      const response = await stranger.fetch(path);
      const { headers } = response;
      assert.equal(headers.get('content-type'), 'application/problem+json', path);
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      const problem = await said(response);
      assert.equal(problem.code, 'request.invalid', path);
      assert.equal(problem.detail, 'The request is not well-formed.', path);
    }
  });

  it('keeps no more of a stranger’s body than a sign-in takes', async () => {
    const signIn = (password: string) =>
      stranger.fetch('/api/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'nobody-at-all', password }),
      });
    // The longest password there may be, each character as six bytes of JSON.
    const longest = await signIn('\u0001'.repeat(1024));
    assert.equal((await said(longest)).code, 'auth.failed');
    const larger = await signIn('x'.repeat(17_000));
    assert.equal(larger.status, 413);
    assert.match((await said(larger)).detail ?? '', /larger than 16 KB/);
  });

  it('refuses an expiry that is no duration, and keeps the old one', async () => {
    for (const kubeconfigExpiry of ['', 'soon', '-1h', '1y', '5ms', '999999999h']) {
      const { code } = await problemOf(
        admin.call('settings.update', { body: { kubeconfigExpiry } }),
      );
      assert.equal(code, 'request.invalid', kubeconfigExpiry);
    }
    assert.equal((await admin.call('settings.get')).kubeconfigExpiry, '720h');
    const { kubeconfigExpiry } = await admin.call('settings.update', {
      body: { kubeconfigExpiry: '90m' },
    });
    assert.equal(kubeconfigExpiry, '1h30m');
    assert.equal((await stranger.call('settings.public')).kubeconfigExpiry, '1h30m');
    await admin.call('settings.update', { body: { kubeconfigExpiry: '720h' } });
  });

  it('refuses a default expiry that the longest does not allow, and an idle time under a day', async () => {
    const update = (body: Parameters<typeof admin.call<'settings.update'>>[1]['body']) =>
      problemOf(admin.call('settings.update', { body }));
    assert.equal(
      (await update({ kubeconfigMaxExpiry: '24h' })).detail,
      'The default expiry, 30 days, is longer than the longest that may be asked for, 1 day.',
    );
    assert.equal(
      (await update({ kubeconfigExpiry: '0', kubeconfigNoExpiry: false })).code,
      'settings.no_expiry_forbidden',
    );
    assert.match((await update({ kubeconfigIdle: '23h' })).detail, /1 day at the least/);
    await admin.call('settings.update', { body: { kubeconfigMaxExpiry: '8760h' } });
    assert.equal((await stranger.call('settings.public')).kubeconfigMaxExpiry, '8760h');
    await admin.call('settings.update', { body: { kubeconfigMaxExpiry: 'default' } });
    assert.equal((await stranger.call('settings.public')).kubeconfigMaxExpiry, '720h');
  });

  it('shows, renames and revokes kubeconfigs of others for admins alone', async () => {
    const { id: danaId } = await user.call('auth.me');
    const { id: adminId } = await admin.call('auth.me');
    for (const query of [{ all: 'true' }, { userId: adminId }, { username: 'admin' }]) {
      assert.equal(
        (await problemOf(user.call('kubeconfigs.list', { query }))).code,
        'auth.admin_only',
      );
      assert.equal((await admin.call('kubeconfigs.list', { query })).total, 0);
    }
    assert.equal((await user.call('kubeconfigs.list', { query: { userId: danaId } })).total, 0);
    for (const body of [{ userId: adminId }, { environmentId: 1 }]) {
      const refused = await problemOf(user.call('kubeconfigs.revokeMany', { body }));
      assert.equal(refused.code, 'auth.admin_only');
    }
    const nothing = await problemOf(user.call('kubeconfigs.revokeMany', { body: {} }));
    assert.match(nothing.detail, /name a user, an environment, or both/);
    const mine = await user.call('kubeconfigs.revokeMany', { body: { userId: danaId } });
    assert.deepEqual(mine, { revoked: 0 });
    const params = { id: 4242 };
    for (const call of [
      () => user.call('kubeconfigs.get', { params }),
      () => user.call('kubeconfigs.update', { params, body: { name: 'mine' } }),
      () => user.call('kubeconfigs.renew', { params, body: {} }),
    ]) {
      assert.equal((await problemOf(call())).code, 'kubeconfig.not_found');
    }
    const long = await problemOf(
      user.call('kubeconfigs.renew', { params, body: { overlap: '8d' } }),
    );
    assert.match(long.detail, /7 days at the most/);
  });

  it('tells a Kubernetes client that lost the path of its server so, as a Status', async () => {
    const authorization = `Bearer ${newToken('kubeconfig').token}`;
    for (const path of ['/api/v1/namespaces?limit=500', '/apis', '/version', '/healthz']) {
      const response = await stranger.fetch(path, { headers: { authorization } });
      assert.equal(response.status, 401, path);
      const status = await said(response);
      assert.equal(status.kind, 'Status');
      assert.equal(status.details?.causes?.[0]?.reason, 'proxy.path_missing');
      assert.match(status.message ?? '', /is missing .*\/api\/endpoints\/ID\/kubernetes/);
      assert.match(response.headers.get('warning') ?? '', /^299 - "Sallyport: This is Sallyport/);
    }
    const own = await stranger.fetch('/api/users', { headers: { authorization } });
    assert.equal((await said(own)).code, 'auth.wrong_credential');
    assert.equal(await (await stranger.fetch('/healthz')).text(), 'ok');
  });

  it('keeps the last admin', async () => {
    const { id } = await admin.call('auth.me');
    for (const body of [{ disabled: true }, { role: 'user' as const }]) {
      const { code } = await problemOf(admin.call('users.update', { params: { id }, body }));
      assert.equal(code, 'user.last_admin');
    }
    const { code } = await problemOf(admin.call('users.delete', { params: { id } }));
    assert.equal(code, 'user.last_admin');
  });

  it('signs a disabled user out at once', async () => {
    const { id } = await admin.call('users.create', {
      body: { username: 'leaver', password: PASSWORD },
    });
    const leaver = newPerson();
    await leaver.call('auth.login', { body: { username: 'leaver', password: PASSWORD } });
    await admin.call('users.update', { params: { id }, body: { disabled: true } });
    assert.equal((await problemOf(leaver.call('auth.me'))).code, 'auth.required');
  });

  it('takes an admin’s rights from their sign-in and their API token with the next request', async () => {
    const second = newPerson();
    const account = { username: 'second', password: PASSWORD };
    const { id } = await admin.call('users.create', { body: { ...account, role: 'admin' } });
    await second.call('auth.login', { body: account });
    const { token } = await second.call('tokens.create', { body: { name: 'script' } });
    const authorization = `Bearer ${token}`;
    const both = [
      () => second.fetch('/api/users'),
      () => stranger.fetch('/api/users', { headers: { authorization } }),
    ];
    for (const ask of both) assert.equal((await ask()).status, 200);
    await admin.call('users.update', { params: { id }, body: { role: 'user' } });
    for (const ask of both) assert.equal((await said(await ask())).code, 'auth.admin_only');
    await admin.call('users.update', { params: { id }, body: { disabled: true } });
    for (const ask of both) assert.equal((await ask()).status, 401);
    await admin.call('users.delete', { params: { id } });
  });

  it('says of what is somebody else’s no more than of what is not there', async () => {
    const store = await openStore(place);
    const environment = await addEnvironment(store, 'not theirs', 'external');
    await store.close();
    const { id: token } = await admin.call('tokens.create', { body: { name: 'an admin’s' } });
    const at = (id: number) => ({ params: { id } });
    const missing = 2_000_000;
    for (const [code, there, call] of [
      ['environment.not_found', environment, (id: number) => user.call('environments.get', at(id))],
      [
        'environment.not_found',
        environment,
        (id: number) => user.call('environments.health', at(id)),
      ],
      ['token.not_found', token, (id: number) => user.call('tokens.delete', at(id))],
    ] as const) {
      const [theirs, none] = [await problemOf(call(there)), await problemOf(call(missing))];
      assert.equal(theirs.code, code);
      assert.equal(theirs.status, none.status);
      assert.equal(theirs.detail.replace(`${there}`, ''), none.detail.replace(`${missing}`, ''));
    }
    await admin.call('tokens.delete', at(token));
    await admin.call('environments.delete', at(environment));
  });

  it('issues nothing to another site’s page, by whichever method it asks', async () => {
    for (const method of ['GET', 'HEAD']) {
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'https://evil.example' },
      ]) {
        const response = await admin.fetch('/api/kubernetes/config', { method, headers });
        assert.equal(response.status, 403, method);
      }
    }
    assert.equal((await admin.call('kubeconfigs.list')).total, 0);
  });

  it('lets an API token do what its person may, but make no further credential', async () => {
    const { token } = await user.call('tokens.create', { body: { name: 'script' } });
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await stranger.fetch('/api/auth/me', { headers })).status, 200);
    assert.equal((await stranger.fetch('/api/users', { headers })).status, 403);
    const again = await stranger.fetch('/api/tokens', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"name":"second"}',
    });
    assert.equal((await said(again)).code, 'auth.session_only');
    const changed = `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`;
    const wrong = await stranger.fetch('/api/auth/me', {
      headers: { authorization: `Bearer ${changed}` },
    });
    assert.equal((await said(wrong)).code, 'auth.token_invalid');
  });

  it('describes itself: OpenAPI with every route of the contract', async () => {
    const document = (await (await stranger.fetch('/api/openapi.json')).json()) as {
      readonly openapi: string;
      readonly paths: Record<string, Record<string, { operationId: string }> | undefined>;
    };
    assert.match(document.openapi, /^3\.1\./);
    for (const [name, route] of Object.entries(routes) as Array<[string, Route]>) {
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      const operation = document.paths[path]?.[route.method.toLowerCase()];
      assert.equal(operation?.operationId, name);
    }
  });

  it('is healthy and ready', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await stranger.fetch(path);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), 'ok');
    }
    const status = await stranger.call('system.status');
    assert.equal(status.setupRequired, false);
  });

  it('sends a strict policy with everything, and lets no answer be kept', async () => {
    const response = await admin.fetch('/api/auth/me');
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.ok(!policy.includes('unsafe'));
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(response.headers.get('cache-control'), 'no-store');
  });

  it('has nothing at paths that the contract does not name', async () => {
    for (const path of [
      '/api',
      '/api/',
      '/api/nothing',
      '/api/users/1/secrets',
      '/assets/none.js',
    ]) {
      const response = await admin.fetch(path);
      assert.equal(response.status, 404, path);
      assert.equal((await said(response)).code, 'request.not_found', path);
    }
    // The page itself, where it is built, or the word that it is not: never a file beside it.
    for (const path of [
      '/..%2f..%2fpackage.json',
      '/%2e%2e/%2e%2e/package.json',
      '/..%5cbuild.ts',
    ]) {
      const outside = await admin.fetch(path);
      assert.match(
        outside.headers.get('content-type') ?? '',
        /^(text\/html|application\/problem)/,
        path,
      );
      assert.doesNotMatch(await outside.text(), /"workspaces"|"dependencies"|import /, path);
    }
  });

  it('shows each person their own sign-ins and ends them, and lets admins do it for others', async () => {
    const body = { username: 'roamer', password: PASSWORD };
    await admin.call('users.create', { body });
    const [desk, phone] = [newPerson(), newPerson()];
    for (const person of [desk, phone]) await person.call('auth.login', { body });
    const { items } = await desk.call('sessions.list');
    assert.equal(items.length, 2);
    assert.equal(items.filter(({ current }) => current).length, 1);
    assert.ok(items.every(({ address }) => address === '127.0.0.1'));
    const { id: theirId } = await desk.call('auth.me');
    const { id: adminId } = await admin.call('auth.me');
    const theirs = items.find(({ current }) => !current);

    const foreign = (await admin.call('sessions.list')).items[0];
    const end = (person: Person, id = 0) => person.call('sessions.end', { params: { id } });
    assert.equal((await problemOf(end(desk, foreign?.id))).code, 'session.not_found');
    const query = { userId: adminId };
    assert.equal((await problemOf(desk.call('sessions.list', { query }))).code, 'auth.admin_only');
    assert.equal(
      (await problemOf(desk.call('sessions.endAll', { query }))).code,
      'auth.admin_only',
    );
    assert.equal((await problemOf(desk.call('tokens.list', { query }))).code, 'auth.admin_only');

    await end(desk, theirs?.id);
    assert.equal((await problemOf(phone.call('auth.me'))).code, 'auth.required');
    await phone.call('auth.login', { body });
    assert.deepEqual(await desk.call('sessions.endAll'), { ended: 1 });
    assert.equal((await problemOf(phone.call('auth.me'))).code, 'auth.required');
    await desk.call('auth.me');

    const ofThem = { query: { userId: theirId } };
    assert.deepEqual((await admin.call('sessions.list', ofThem)).total, 1);
    const made = await desk.call('tokens.create', { body: { name: 'theirs' } });
    assert.equal((await admin.call('tokens.list', ofThem)).items[0]?.name, 'theirs');
    await admin.call('tokens.delete', { params: { id: made.id } });
    assert.equal((await desk.call('tokens.list')).total, 0);
    assert.deepEqual(await admin.call('sessions.endAll', ofThem), { ended: 1 });
    assert.equal((await problemOf(desk.call('auth.me'))).code, 'auth.required');
  });

  it('tells a user of those environments alone that they may enter, in whichever way they ask', async () => {
    const store = await openStore(place);
    const theirs = await addEnvironment(store, 'theirs', 'external');
    await addEnvironment(store, 'of others', 'external');
    await store.close();
    const { id: userId } = await user.call('auth.me');
    const body = { userId, environmentIds: [theirs], role: 'view' };
    const grant = await admin.call('grants.create', { body });
    const told = async (person: Person, accessible: 'true' | 'false') => {
      const query = { accessible };
      const { items, total } = await person.call('environments.list', { query });
      const names = await person.call('environments.names', { query });
      const summary = await person.call('environments.summary', { query });
      assert.deepEqual([names.total, summary.total], [total, total]);
      assert.deepEqual(
        names.items.map(({ name }) => name),
        items.map(({ name }) => name),
      );
      return names.items.map(({ name }) => name);
    };
    assert.deepEqual(await told(user, 'false'), ['theirs']);
    assert.deepEqual(await told(user, 'true'), ['theirs']);
    assert.deepEqual(await told(admin, 'false'), ['of others', 'theirs']);
    assert.deepEqual(await told(admin, 'true'), []);
    const query = { labels: 'env in (' };
    const { code, errors } = await problemOf(user.call('environments.list', { query }));
    assert.equal(code, 'request.invalid');
    assert.match(errors?.[0]?.path ?? '', /labels/);
    await admin.call('grants.delete', { params: { id: grant.id } });
  });

  it('tells an admin alone where a cluster is, also by why it is not reached', async () => {
    const store = await openStore(place);
    const id = await addEnvironment(store, 'far away', 'external');
    const message = 'Sallyport cannot reach https://192.0.2.1: there is no route to that host.';
    await store.write(async (tx) => {
      const down = { state: 'down' as const, state_message: message };
      await tx.updateTable('environments').set(down).where('id', '=', id).execute();
      const at = Math.floor(Date.now() / 900_000) * 900_000;
      const looks = { looks: 1, looks_up: 0, latency_sum_ms: 0, latency_max_ms: 0 };
      await tx
        .insertInto('environment_health')
        .values({ environment_id: id, at, ...looks, message })
        .execute();
    });
    await store.close();
    const { id: userId } = await user.call('auth.me');
    await admin.call('grants.create', { body: { userId, environmentIds: [id], role: 'view' } });
    const seenBy = async (person: Person) => {
      const one = await person.call('environments.get', { params: { id } });
      const all = await person.call('environments.list');
      const health = await person.call('environments.health', { params: { id } });
      assert.equal(one.state, 'down');
      assert.equal(health.points.length, 1);
      return JSON.stringify([one, all, health]);
    };
    assert.ok((await seenBy(admin)).includes('192.0.2.1'));
    const told = await seenBy(user);
    assert.ok(!told.includes('192.0.2.1'), told);
    assert.ok(told.includes('an admin sees why'));
    await admin.call('environments.delete', { params: { id } });
  });

  it('writes down by name whom a bulk act was about', async () => {
    const made = await admin.call('users.create', {
      body: { username: 'goner', password: PASSWORD },
    });
    const { id } = await admin.call('auth.me');
    const body = { act: 'delete' as const, ids: [made.id, id] };
    const { results } = await admin.call('users.bulk', { body });
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['done', 'refused'],
    );
    const { items } = await admin.call('audit.list', { query: { q: 'goner', verb: 'bulk' } });
    assert.deepEqual(items[0]?.details, {
      act: 'delete',
      ids: [made.id, id],
      done: ['goner'],
      refused: ['admin'],
    });
    const wrong = { act: 'addToTeam' as const, ids: [id] };
    assert.deepEqual(
      (await problemOf(admin.call('users.bulk', { body: wrong }))).code,
      'request.invalid',
    );
  });
});
