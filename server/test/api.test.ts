import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type Route, routes } from '@sallyport/contract';
import type { Person } from '../../scripts/rest.ts';
import { describeOnStores } from '../src/store/testing.ts';
import { newToken } from '../src/tokens.ts';
import { type ApiHouse, PASSWORD, problemOf, startApiHouse } from './apiHouse.ts';
import { said } from './said.ts';

describeOnStores('the REST API of the real program', (open) => {
  let house: ApiHouse;
  let admin: Person;
  let stranger: Person;

  before(async () => {
    house = await startApiHouse(await open.place());
    ({ admin, stranger } = house);
  });
  after(() => house?.close());

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
    const person = house.newPerson();
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
    const person = house.newPerson();
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
});
