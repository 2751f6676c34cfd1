import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type Route, routes } from '@sallyport/contract';
import type { Person } from '../../scripts/rest.ts';
import { openStore } from '../src/store/store.ts';
import { describeOnStores, type Place } from '../src/store/testing.ts';
import { addEnvironment } from '../src/store/testRows.ts';
import { type ApiHouse, PASSWORD, problemOf, startApiHouse } from './apiHouse.ts';
import { said } from './said.ts';

/** Who may do what in Sallyport itself, and who learns of what. */
describeOnStores('rights in the REST API of the real program', (open) => {
  let place: Place;
  let house: ApiHouse;
  let admin: Person;
  let user: Person;
  let stranger: Person;

  before(async () => {
    place = await open.place();
    house = await startApiHouse(place);
    ({ admin, user, stranger } = house);
  });
  after(() => house?.close());

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
    const leaver = house.newPerson();
    await leaver.call('auth.login', { body: { username: 'leaver', password: PASSWORD } });
    await admin.call('users.update', { params: { id }, body: { disabled: true } });
    assert.equal((await problemOf(leaver.call('auth.me'))).code, 'auth.required');
  });

  it('takes an admin’s rights from their sign-in and their API token with the next request', async () => {
    const second = house.newPerson();
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

  it('lets an admin’s API token add users, but make or touch no admin, nor take over an account', async () => {
    const { token } = await admin.call('tokens.create', { body: { name: 'CI' } });
    const asToken = async (method: string, path: string, body?: object) => {
      const response = await stranger.fetch(path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      return { status: response.status, said: text === '' ? undefined : JSON.parse(text) };
    };
    const refused = async (method: string, path: string, body?: object) => {
      const { status, said } = await asToken(method, path, body);
      assert.deepEqual([status, said.code], [403, 'user.session_only'], `${method} ${path}`);
    };
    const account = { username: 'by-ci', password: PASSWORD };
    await refused('POST', '/api/users', { ...account, role: 'admin' });
    const made = await asToken('POST', '/api/users', account);
    assert.equal(made.status, 201);
    const theirs = `/api/users/${made.said.id}`;
    await refused('PATCH', theirs, { role: 'admin' });
    await refused('PATCH', theirs, { password: 'a password of the thief' });
    const second = await admin.call('users.create', {
      body: { username: 'second-admin', password: PASSWORD, role: 'admin' },
    });
    const me = await admin.call('auth.me');
    for (const id of [me.id, second.id]) {
      const path = `/api/users/${id}`;
      for (const body of [
        { password: 'a password of the thief' },
        { disabled: true },
        { disabled: false },
        { role: 'user' },
        { revokeKubeconfigs: true },
      ])
        await refused('PATCH', path, body);
      await refused('DELETE', path);
    }
    for (const act of ['disable', 'enable', 'delete']) {
      const ids = [second.id, me.id];
      const { said } = await asToken('POST', '/api/users/bulk', { act, ids });
      for (const { outcome } of said.results) assert.equal(outcome, 'refused', act);
      assert.match(said.results[0].message, /An API token cannot/);
    }
    assert.equal((await admin.call('users.get', { params: { id: second.id } })).disabled, false);

    // What scripts are for goes on.
    for (const disabled of [true, false])
      assert.equal((await asToken('PATCH', theirs, { disabled })).status, 200);
    const bulk = { act: 'delete', ids: [made.said.id] };
    const { said } = await asToken('POST', '/api/users/bulk', bulk);
    assert.equal(said.results[0].outcome, 'done');

    const { items } = await admin.call('audit.list', { query: { q: 'user.session_only' } });
    assert.ok(items.some(({ verb, code }) => verb === 'create' && code === 'user.session_only'));
    const { paths } = JSON.parse(await (await stranger.fetch('/api/openapi.json')).text());
    assert.match(paths['/api/users/{id}'].patch.description, /user\.session_only/);
    await admin.call('users.delete', { params: { id: second.id } });
  });

  it('shows each person their own sign-ins and ends them, and lets admins do it for others', async () => {
    const body = { username: 'roamer', password: PASSWORD };
    await admin.call('users.create', { body });
    const [desk, phone] = [house.newPerson(), house.newPerson()];
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

  it('registers no environment that leads to a cloud’s metadata or to Sallyport itself', async () => {
    const { port } = new URL(house.server.url);
    const link = 'link-local, as the metadata service of a cloud is';
    for (const [host, why] of [
      ['169.254.169.254', `its address, 169.254.169.254, is ${link}`],
      ['0xa9fea9fe', `its address, 169.254.169.254, is ${link}`],
      ['[::ffff:169.254.169.254]', `is ${link}`],
      [`127.0.0.1:${port}`, 'Sallyport itself listens there'],
      [`localhost:${port}`, 'Sallyport itself listens there'],
    ] as const) {
      const body = { name: 'inside', rbac: 'external', server: `https://${host}`, token: 'any' };
      const { code, detail } = await problemOf(
        admin.call('environments.create', { body: { ...body, rbac: 'external' } }),
      );
      assert.equal(code, 'environment.address_refused', detail);
      assert.ok(detail.includes(why), detail);
    }
    assert.ok(!(await admin.call('environments.list')).items.some(({ name }) => name === 'inside'));
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
