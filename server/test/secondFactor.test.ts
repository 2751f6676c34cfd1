import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type Route, routes } from '@sallyport/contract';
import type { Person } from '../../scripts/rest.ts';
import { describeOnStores } from '../src/store/testing.ts';
import { type ApiHouse, PASSWORD, problemOf, startApiHouse } from './apiHouse.ts';
import { said } from './said.ts';
import { switchOn } from './secondFactors.ts';
import { startServer } from './server.ts';

const json = { 'content-type': 'application/json' };

describeOnStores('a second factor in the REST API of the real program', (open) => {
  let house: ApiHouse;
  let admin: Person;
  let stranger: Person;
  let made = 0;

  before(async () => {
    house = await startApiHouse(await open.place());
    ({ admin, stranger } = house);
  });
  after(() => house?.close());

  /** A user of their own for each test, signed in. */
  async function somebody(role: 'user' | 'admin' = 'user') {
    made += 1;
    const username = `p${made}erson`;
    const { id } = await admin.call('users.create', {
      body: { username, password: PASSWORD, role },
    });
    const person = house.newPerson();
    const body = { username, password: PASSWORD };
    await person.call('auth.login', { body });
    const login = (who: Person, password = PASSWORD) =>
      who.fetch('/api/auth/login', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ username, password }),
      });
    /** Another browser of theirs that has given the password. */
    const halfway = async () => {
      const browser = house.newPerson();
      assert.equal((await said(await login(browser))).code, 'auth.code_needed');
      return browser;
    };
    return { id, username, person, login, halfway };
  }

  const give = (person: Person, code: string) => person.call('auth.code', { body: { code } });
  const codeOf = async (call: Promise<unknown>) => (await problemOf(call)).code;
  const isIn = async (person: Person) => (await person.fetch('/api/auth/me')).status === 200;

  it('is asked for after the password, by a cookie that opens nothing', async () => {
    const { person, login, username } = await somebody();
    const { app, uri } = await switchOn(person);
    assert.match(uri, new RegExp(`^otpauth://totp/Sallyport%20[\\w.]+:${username}\\?`));
    const browser = house.newPerson();
    const answer = await login(browser);
    assert.equal(answer.status, 401);
    const cookies = answer.headers.getSetCookie();
    assert.equal(cookies.length, 1);
    const [cookie = ''] = cookies;
    assert.match(cookie, /^__Host-sallyport-half=sallyport_signin_\w+; /);
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) {
      assert.ok(cookie.includes(attribute), attribute);
    }
    const token = /=(\w+)/.exec(cookie)?.[1] ?? '';
    for (const headers of [
      { cookie: `__Host-sallyport-half=${token}` },
      { cookie: `__Host-sallyport=${token}` },
      { authorization: `Bearer ${token}` },
      { cookie: `__Host-sallyport=${token.replace('_signin_', '_session_')}` },
    ] as Array<Record<string, string>>) {
      const { status } = await stranger.fetch('/api/auth/me', { headers });
      assert.equal(status, 401, JSON.stringify(Object.keys(headers)));
    }
    const proxied = await stranger.fetch('/api/endpoints/1/kubernetes/version', {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(proxied.status, 401);
    const me = await give(browser, app.next());
    assert.deepEqual([me.username, me.secondFactor, me.secondFactorDue], [username, true, false]);
    assert.ok(await isIn(browser));
    assert.equal(await codeOf(give(browser, app.next())), 'auth.begin_again');
  });

  it('changes nothing of what a wrong password is answered', async () => {
    const plain = await somebody();
    const secured = await somebody();
    await switchOn(secured.person);
    const answers = [];
    for (const { login } of [plain, secured]) {
      const response = await login(house.newPerson(), 'wrong password');
      const problem: object = { ...(await said(response)), requestId: undefined };
      const headers = [...response.headers].filter(
        ([name]) => !['date', 'x-request-id'].includes(name),
      );
      answers.push({ status: response.status, problem, headers });
    }
    assert.deepEqual(answers[1], answers[0]);
    assert.match(JSON.stringify(answers[0]), /auth\.failed/);
  });

  it('takes a code once, however many send it at a time', async () => {
    const { person, halfway } = await somebody();
    const { app, recoveryCodes } = await switchOn(person);
    for (const code of [app.next(), recoveryCodes[0] ?? '']) {
      const browsers = [await halfway(), await halfway(), await halfway()];
      const results = await Promise.allSettled(browsers.map((browser) => give(browser, code)));
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal(await codeOf(give(await halfway(), code)), 'auth.code_wrong');
    }
    assert.equal((await person.call('secondFactor.get')).recoveryCodesLeft, 9);
  });

  it('is finished in the browser that gave the password alone', async () => {
    const { person, halfway } = await somebody();
    const { app } = await switchOn(person);
    const other = await somebody();
    await switchOn(other.person);
    const mine = await halfway();
    const code = app.next();
    assert.equal(await codeOf(give(house.newPerson(), code)), 'auth.begin_again');
    assert.equal(await codeOf(give(await other.halfway(), code)), 'auth.code_wrong');
    await give(mine, code);
  });

  it('is not finished by what another site’s page sends', async () => {
    const { person, halfway } = await somebody();
    const { app } = await switchOn(person);
    const browser = await halfway();
    const answer = await browser.fetch('/api/auth/code', {
      method: 'POST',
      headers: { ...json, origin: 'https://evil.example' },
      body: JSON.stringify({ code: app.next() }),
    });
    assert.equal((await said(answer)).code, 'request.cross_origin');
    assert.ok(!(await isIn(browser)));
  });

  it('says what is no code at all, which costs no try', async () => {
    const { person, halfway } = await somebody();
    const { app } = await switchOn(person);
    const browser = await halfway();
    for (let n = 0; n < 12; n += 1) {
      const { code, detail } = await problemOf(give(browser, '12345'));
      assert.equal(code, 'request.invalid');
      assert.match(detail, /6 digits that the app shows/);
    }
    await give(browser, ` ${app.next().replace(/^.../, '$&-')}`);
  });

  it('makes those wait who guess codes, as it makes those who guess passwords', async () => {
    const { person, halfway, login } = await somebody();
    const { app } = await switchOn(person);
    for (let n = 0; n < 10; n += 1) {
      assert.equal(await codeOf(give(await halfway(), app.wrong())), 'auth.code_wrong', `${n}`);
    }
    const answer = await login(house.newPerson());
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    const right = { password: PASSWORD, code: app.next() };
    assert.equal(
      await codeOf(person.call('secondFactor.off', { body: right })),
      'auth.rate_limited',
    );
  });

  it('is switched on and off with the password and a code, and ends the other sign-ins', async () => {
    const { person, login } = await somebody();
    const elsewhere = house.newPerson();
    await login(elsewhere);
    const wrong = { password: 'wrong password' };
    assert.equal(
      await codeOf(person.call('secondFactor.begin', { body: wrong })),
      'auth.password_wrong',
    );
    const { app, recoveryCodes } = await switchOn(person);
    assert.deepEqual([await isIn(elsewhere), await isIn(person)], [false, true]);
    const proof = (code: string, password = PASSWORD) => ({ body: { password, code } });
    for (const route of ['secondFactor.off', 'secondFactor.renewCodes'] as const) {
      const call = (code: string, password?: string) => person.call(route, proof(code, password));
      assert.equal(await codeOf(call(app.wrong())), 'auth.code_wrong');
      assert.equal(await codeOf(call(recoveryCodes[0] ?? '', 'wrong')), 'auth.password_wrong');
    }
    const renewed = await person.call('secondFactor.renewCodes', proof(app.next()));
    const old = person.call('secondFactor.off', proof(recoveryCodes[0] ?? ''));
    assert.equal(await codeOf(old), 'auth.code_wrong');
    await person.call('secondFactor.off', proof(renewed.recoveryCodes[0] ?? ''));
    assert.equal((await person.call('secondFactor.get')).since, null);
    assert.equal((await login(house.newPerson())).status, 200);
  });

  it('is nothing that an API token can change or see', async () => {
    const { token } = await admin.call('tokens.create', { body: { name: 'script' } });
    const asked: string[] = [];
    for (const [name, route] of Object.entries(routes) as Array<[string, Route]>) {
      if (!route.sessionOnly) continue;
      asked.push(name);
      const response = await stranger.fetch(route.path.replace(/:\w+/g, '1'), {
        method: route.method,
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal((await said(response)).code, 'auth.session_only', name);
    }
    assert.deepEqual(
      asked.filter((name) => /second/i.test(name)).length,
      Object.keys(routes).filter((name) => /second/i.test(name)).length,
    );
  });

  it('is taken away by an admin, but not their own so, and by nobody else', async () => {
    const { person, id, login, halfway } = await somebody();
    const { app } = await switchOn(person);
    const boss = await somebody('admin');
    await switchOn(boss.person);
    const remove = (who: Person, userId: number) =>
      who.call('users.removeSecondFactor', { params: { id: userId } });
    const browser = await halfway();
    assert.equal(await codeOf(remove(house.user, id)), 'auth.admin_only');
    assert.equal(await codeOf(remove(boss.person, boss.id)), 'second_factor.self');
    assert.equal(await codeOf(remove(boss.person, 4242)), 'user.not_found');
    await remove(boss.person, id);
    assert.equal(await codeOf(remove(boss.person, id)), 'second_factor.none');
    assert.ok(!(await isIn(person)));
    assert.equal(await codeOf(give(browser, app.next())), 'auth.begin_again');
    const back = house.newPerson();
    assert.equal((await login(back)).status, 200);
    assert.equal((await back.call('secondFactor.get')).removed?.by, boss.username);
  });

  it('is in the audit log act by act, by name and without what is secret', async () => {
    const { person, halfway, username, id } = await somebody();
    const { app, secret, recoveryCodes } = await switchOn(person);
    const browser = await halfway();
    const used = app.next();
    await problemOf(give(browser, app.wrong()));
    await give(browser, used);
    await give(await halfway(), recoveryCodes[0] ?? '');
    await admin.call('users.removeSecondFactor', { params: { id } });
    const { items } = await admin.call('audit.list', { query: { q: username, limit: 100 } });
    const told = items
      .map(({ verb, resource, status, username: who }) => [verb, resource, status, who].join(' '))
      .reverse();
    assert.deepEqual(told, [
      'create users 201 admin',
      `login auth 200 ${username}`,
      `begin secondFactor 200 ${username}`,
      `confirm secondFactor 200 ${username}`,
      'login auth 401 ',
      'code auth 401 ',
      `code auth 200 ${username}`,
      'login auth 401 ',
      `code auth 200 ${username}`,
      'removeSecondFactor users 204 admin',
    ]);
    const whole = await (await admin.fetch(`/api/audit/export?q=${username}`)).text();
    assert.match(whole, /auth\.code_needed/);
    assert.match(whole, /auth\.code_wrong/);
    assert.match(whole, /by\\":\\"recovery code/);
    for (const text of [secret, PASSWORD, ...recoveryCodes]) {
      assert.ok(!whole.includes(text) && !whole.includes(text.replaceAll('-', '')));
      assert.ok(!house.server.log().includes(text));
    }
    assert.doesNotMatch(whole, new RegExp(`\\b${used}\\b`));
  });

  it('that is asked for holds a sign-in back from all but what it takes to set one up', async () => {
    const earlier = await somebody('admin');
    const { token } = await earlier.person.call('tokens.create', { body: { name: 'script' } });
    await admin.call('settings.update', { body: { secondFactor: 'admins' } });
    const plain = await somebody();
    assert.ok(await isIn(plain.person));
    assert.equal((await plain.person.call('auth.me')).secondFactorDue, false);
    const held = house.newPerson();
    await earlier.login(held);
    assert.equal((await held.call('auth.me')).secondFactorDue, true);
    const open: string[] = [];
    for (const [name, route] of Object.entries(routes) as Array<[string, Route]>) {
      if (route.access === 'public') continue;
      if (route.whileDue) {
        open.push(name);
        continue;
      }
      const response = await held.fetch(route.path.replace(/:\w+/g, '1'), { method: route.method });
      assert.equal((await said(response)).code, 'auth.second_factor_due', name);
    }
    assert.deepEqual(open.sort(), [
      'auth.me',
      'secondFactor.begin',
      'secondFactor.confirm',
      'secondFactor.get',
    ]);
    assert.equal((await said(await held.fetch('/metrics'))).code, 'auth.second_factor_due');
    // What there was before goes on.
    assert.ok((await earlier.person.call('users.list')).total > 0);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await stranger.fetch('/api/users', { headers })).status, 200);
    const { app } = await switchOn(held);
    assert.ok((await held.call('users.list')).total > 0);
    assert.equal((await held.call('auth.me')).secondFactorDue, false);
    // It is asked for again, once it is switched off.
    const body = { password: PASSWORD, code: app.next() };
    await held.call('secondFactor.off', { body });
    assert.equal(await codeOf(held.call('users.list')), 'auth.second_factor_due');
    await admin.call('settings.update', { body: { secondFactor: 'optional' } });
    assert.ok((await held.call('users.list')).total > 0);
  });

  it('is asked of everybody where the settings say so', async () => {
    await admin.call('settings.update', { body: { secondFactor: 'everybody' } });
    const { person, login } = await somebody();
    assert.equal(await codeOf(person.call('kubeconfigs.list')), 'auth.second_factor_due');
    await switchOn(person);
    await person.call('kubeconfigs.list');
    const again = house.newPerson();
    assert.equal((await said(await login(again))).code, 'auth.code_needed');
    await admin.call('settings.update', { body: { secondFactor: 'optional' } });
    for (const secondFactor of ['nobody', true, null]) {
      const refused = await admin.fetch('/api/settings', {
        method: 'PUT',
        headers: json,
        body: JSON.stringify({ secondFactor }),
      });
      assert.equal(refused.status, 400);
    }
  });
});

describeOnStores('one code at two workers', (open) => {
  it('lets one sign-in through', async () => {
    const { dataDir, databaseUrl } = await open.place();
    const args = databaseUrl ? ['--database-url', databaseUrl] : [];
    const server = await startServer(dataDir, ['--workers', '2', ...args]);
    const people = Array.from({ length: 9 }, () => server.person());
    try {
      const [ada, ...browsers] = people as [Person, ...Person[]];
      const account = { username: 'ada', password: PASSWORD };
      await ada.call('setup.complete', { body: { ...account, token: server.setupToken ?? '' } });
      const { app, recoveryCodes } = await switchOn(ada);
      for (const code of [app.next(), recoveryCodes[0] ?? '']) {
        for (const browser of browsers) {
          const { code: asked } = await problemOf(browser.call('auth.login', { body: account }));
          assert.equal(asked, 'auth.code_needed');
        }
        const results = await Promise.allSettled(
          browsers.map((browser) => browser.call('auth.code', { body: { code } })),
        );
        assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      }
    } finally {
      await Promise.all(people.map((person) => person.close()));
      await server.kill('SIGTERM');
    }
  });
});
