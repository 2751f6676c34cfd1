import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, it } from 'node:test';
import type { SignInProviderInput } from '@sallyport/contract';
import type { z } from 'zod';
import type { Person } from '../../scripts/rest.ts';
import { startFakeServer } from '../src/environments/fakeServer.ts';
import { describeOnStores } from '../src/store/testing.ts';
import { type ApiHouse, PASSWORD, problemOf, startApiHouse } from './apiHouse.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  newKey,
  passProvider,
  startOidcProvider,
  type TestProvider,
  type Token,
} from './oidcProvider.ts';

const seconds = () => Math.floor(Date.now() / 1000);

describeOnStores('sign-in through a real provider', (open) => {
  let house: ApiHouse;
  let admin: Person;
  let provider: TestProvider;
  let setUp: z.input<typeof SignInProviderInput>;

  before(async () => {
    house = await startApiHouse(await open.place());
    admin = house.admin;
    provider = await startOidcProvider({
      redirectUri: `${house.server.url}/signin/callback`,
      accounts: {
        erin: { preferred_username: 'erin', groups: ['ops'] },
        frank: { preferred_username: 'frank', groups: [] },
        impostor: { preferred_username: 'Dana', groups: [] },
        odd: { preferred_username: 'odd name', groups: [] },
        nameless: { groups: [] },
        crowd: { preferred_username: 'crowd', _claim_names: { groups: 'src1' } },
      },
    });
    const { issuer, ca } = provider;
    setUp = {
      ...{ issuer, ca, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      ...{ entry: 'anybody', button: 'Sign in with Test' },
    };
  });
  after(async () => {
    await house?.close();
    await provider?.close();
  });
  beforeEach(async () => {
    provider.tamper = undefined;
    await admin.call('provider.save', { body: setUp });
  });

  /** Goes to the provider and comes back. @returns what the provider answers */
  async function comeBack(
    person: Person,
    login: string | undefined,
    change = (url: string) => url,
  ) {
    const { url } = await person.call('auth.providerBegin', { body: {} });
    const at = provider.person();
    try {
      return await passProvider(at, provider, change(url), login);
    } finally {
      await at.close();
    }
  }
  const finish = (person: Person, answer: string) =>
    person.call('auth.providerFinish', { body: { answer } });
  const isSignedIn = async (person: Person) => (await person.fetch('/api/auth/me')).status === 200;
  const usernames = async () =>
    (await admin.call('users.list', { query: {} })).items.map(({ username }) => username);

  it('lets a person in whom it has never seen, with no rights at all', async () => {
    const person = house.newPerson();
    const { url } = await person.call('auth.providerBegin', { body: { to: '/kubeconfigs' } });
    const asked = new URL(url).searchParams;
    assert.equal(asked.get('code_challenge_method'), 'S256');
    assert.ok(asked.get('nonce') && asked.get('state') && asked.get('code_challenge'));
    const at = provider.person();
    const answer = await passProvider(at, provider, url, 'erin');
    await at.close();
    const user = await finish(person, answer);
    assert.equal(user.returnTo, '/kubeconfigs');
    assert.partialDeepStrictEqual(user, {
      ...{ username: 'erin', role: 'user', signIn: 'provider', linked: true, teams: [] },
    });
    assert.deepEqual((await person.call('auth.me')).id, user.id);
    assert.deepEqual((await admin.call('grants.list', { query: { userId: user.id } })).items, []);
    assert.deepEqual((await person.call('environments.list', { query: {} })).items, []);

    const code = new URLSearchParams(answer).get('code') ?? '';
    assert.ok(code.length > 20);
    assert.ok(!house.server.log().includes(code));
    const { items } = await admin.call('audit.list', {
      query: { limit: 1, verb: 'providerFinish' },
    });
    const [event] = items;
    assert.equal(event?.username, 'erin');
    assert.match(JSON.stringify(event), /"subject":"erin"/);
    assert.ok(!JSON.stringify(event).includes(code));
  });

  it('knows them again by their subject, whatever they are called meanwhile', async () => {
    const person = house.newPerson();
    const first = await finish(person, await comeBack(person, 'erin'));
    provider.accounts.erin = { preferred_username: 'erin-smith', groups: [] };
    try {
      const again = await finish(person, await comeBack(person, 'erin'));
      assert.deepEqual([again.id, again.username], [first.id, 'erin']);
    } finally {
      provider.accounts.erin = { preferred_username: 'erin', groups: ['ops'] };
    }
  });

  it('gives cookies that no other site and no script ever sees', async () => {
    const person = house.newPerson();
    const response = await person.fetch('/api/auth/provider/begin', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const [cookie = ''] = response.headers.getSetCookie();
    assert.match(cookie, /^__Host-sallyport-provider=/);
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/', 'Max-Age=600']) {
      assert.ok(cookie.includes(part), part);
    }
    const { url } = (await response.json()) as { url: string };
    for (const name of ['state', 'nonce']) {
      assert.ok(!cookie.includes(new URL(url).searchParams.get(name) ?? '-'), name);
    }
  });

  it('takes an answer once', async () => {
    const person = house.newPerson();
    const begun = await person.fetch('/api/auth/provider/begin', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const { url } = (await begun.json()) as { url: string };
    const at = provider.person();
    const answer = await passProvider(at, provider, url, 'erin');
    await at.close();
    await finish(person, answer);
    assert.equal((await problemOf(finish(person, answer))).code, 'auth.provider_expired');
    // Somebody has copied the cookie as well.
    const thief = house.newPerson();
    const stolen = await thief.fetch('/api/auth/provider/finish', {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ answer }),
    });
    assert.equal(((await stolen.json()) as { code: string }).code, 'auth.provider_used');
    assert.equal(await isSignedIn(thief), false);
  });

  it('takes the answer of one browser in no other', async () => {
    const [victim, thief] = [house.newPerson(), house.newPerson()];
    const answer = await comeBack(victim, 'erin');
    const stranger = house.newPerson();
    assert.equal((await problemOf(finish(stranger, answer))).code, 'auth.provider_expired');
    await thief.call('auth.providerBegin', { body: {} });
    assert.equal((await problemOf(finish(thief, answer))).code, 'auth.provider_mixed_up');
    // The code of the one, with the state of the other: the code is bound to who began.
    const own = await comeBack(thief, 'frank');
    const mixed = new URLSearchParams(own);
    mixed.set('code', new URLSearchParams(answer).get('code') ?? '');
    assert.equal(
      (await problemOf(finish(thief, mixed.toString()))).code,
      'auth.provider_code_refused',
    );
    for (const person of [stranger, thief]) assert.equal(await isSignedIn(person), false);
  });

  it('does not take a code that was given to another client', async () => {
    const person = house.newPerson();
    const answer = await comeBack(person, 'erin', (url) =>
      url.replace(`client_id=${CLIENT_ID}`, 'client_id=another'),
    );
    assert.equal((await problemOf(finish(person, answer))).code, 'auth.provider_code_refused');
    assert.equal(await isSignedIn(person), false);
  });

  it('does not take an answer that another issuer has sent', async () => {
    const person = house.newPerson();
    const answer = new URLSearchParams(await comeBack(person, 'erin'));
    answer.set('iss', 'https://evil.example');
    assert.equal(
      (await problemOf(finish(person, answer.toString()))).code,
      'auth.provider_invalid',
    );
    const other = house.newPerson();
    const bare = new URLSearchParams(await comeBack(other, 'erin'));
    bare.delete('iss');
    assert.equal((await problemOf(finish(other, bare.toString()))).code, 'auth.provider_invalid');
  });

  const withClaims = (change: Record<string, unknown>) => (token: Token) =>
    provider.sign({ ...token, payload: { ...token.payload, ...change } });
  const lies: ReadonlyArray<
    readonly [what: string, tamper: (token: Token) => string, code?: string]
  > = [
    ['the nonce of another sign-in', withClaims({ nonce: 'another' })],
    ['no nonce', withClaims({ nonce: undefined })],
    ['another issuer', withClaims({ iss: 'https://evil.example' })],
    ['another audience', withClaims({ aud: 'another' })],
    [
      'several audiences, and none that it was made for',
      withClaims({ aud: [CLIENT_ID, 'another'] }),
    ],
    ['no subject', withClaims({ sub: undefined })],
    ['a subject that is none', withClaims({ sub: 'x'.repeat(256) })],
    ['an end that is past', withClaims({ exp: seconds() - 300 }), 'auth.provider_clock'],
    ['a beginning that is to come', withClaims({ nbf: seconds() + 300 }), 'auth.provider_clock'],
    ['no signature', ({ payload }) => provider.sign({ header: { alg: 'none' }, payload })],
    ['a key that is not the provider’s, under its name', (token) => provider.sign(token, newKey())],
    [
      'a key that nobody knows',
      ({ header, payload }) =>
        provider.sign({ header: { ...header, kid: 'unknown' }, payload }, newKey()),
    ],
    [
      'the client secret in place of a key',
      ({ header, payload }) => provider.signByText({ ...header, alg: 'HS256' }, payload),
    ],
    [
      'a payload that was changed after it was signed',
      (token) => {
        const [header, , signature] = provider.sign(token).split('.');
        const [, payload] = provider
          .sign({ ...token, payload: { ...token.payload, sub: 'erin' } })
          .split('.');
        return `${header}.${payload}.${signature}`;
      },
    ],
    ['no token at all', () => 'this is none'],
  ];
  for (const [what, tamper, code = 'auth.provider_invalid'] of lies) {
    it(`refuses an ID token with ${what}`, async () => {
      const before = await usernames();
      const person = house.newPerson();
      provider.tamper = tamper;
      const problem = await problemOf(finish(person, await comeBack(person, 'frank')));
      assert.equal(problem.code, code, problem.detail);
      assert.equal(await isSignedIn(person), false);
      assert.deepEqual(await usernames(), before);
    });
  }

  it('takes a clock that is a little off', async () => {
    const person = house.newPerson();
    provider.tamper = withClaims({ exp: seconds() - 5 });
    await finish(person, await comeBack(person, 'frank'));
    assert.ok(await isSignedIn(person));
  });

  it('says in its own words that somebody was not let in there', async () => {
    const person = house.newPerson();
    const answer = await comeBack(person, undefined);
    assert.equal(new URLSearchParams(answer).get('error'), 'access_denied');
    assert.equal((await problemOf(finish(person, answer))).code, 'auth.provider_denied');

    const other = house.newPerson();
    const { url } = await other.call('auth.providerBegin', { body: {} });
    const state = new URL(url).searchParams.get('state') ?? '';
    const text = '<b>Call 555-1234</b>';
    const planted = new URLSearchParams({ state, error: text, error_description: text });
    const problem = await problemOf(finish(other, planted.toString()));
    assert.equal(problem.code, 'auth.provider_error');
    assert.ok(!JSON.stringify(problem).includes('555'));
  });

  it('does not give somebody the name of a user who is here already', async () => {
    const person = house.newPerson();
    const problem = await problemOf(finish(person, await comeBack(person, 'impostor')));
    assert.equal(problem.code, 'auth.provider_name_taken');
    assert.equal(await isSignedIn(person), false);
  });

  it('refuses names that no user may have, none at all, and groups that were left out', async () => {
    for (const [login, code] of [
      ['odd', 'auth.provider_username_invalid'],
      ['nameless', 'auth.provider_no_username'],
      ['crowd', 'auth.provider_groups_missing'],
    ] as const) {
      const person = house.newPerson();
      const problem = await problemOf(finish(person, await comeBack(person, login)));
      assert.equal(problem.code, code, login);
      assert.equal(await isSignedIn(person), false);
    }
  });

  it('lets in those alone who are here, where an admin says so, and tells who was refused', async () => {
    await admin.call('provider.save', { body: { ...setUp, entry: 'existing' } });
    provider.accounts.grace = { preferred_username: 'grace' };
    const person = house.newPerson();
    const problem = await problemOf(finish(person, await comeBack(person, 'grace')));
    assert.equal(problem.code, 'auth.provider_unknown');
    const { items } = await admin.call('audit.list', {
      query: { limit: 1, verb: 'providerFinish' },
    });
    const [event] = items;
    assert.match(JSON.stringify(event), /"subject":"grace"/);

    await admin.call('users.create', { body: { username: 'grace', signIn: 'provider' } });
    const user = await finish(person, await comeBack(person, 'grace'));
    assert.equal(user.linked, true);
  });

  it('lets nobody in whom an admin has disabled', async () => {
    const person = house.newPerson();
    const { id } = await finish(person, await comeBack(person, 'frank'));
    await admin.call('users.update', { params: { id }, body: { disabled: true } });
    assert.equal(await isSignedIn(person), false);
    const problem = await problemOf(finish(person, await comeBack(person, 'frank')));
    assert.equal(problem.code, 'auth.provider_disabled');
    await admin.call('users.update', { params: { id }, body: { disabled: false } });
  });

  it('works over HTTPS only, and is no door for other sites', async () => {
    const response = await house.stranger.fetch('/api/auth/provider/begin', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
      body: '{}',
    });
    assert.equal(((await response.json()) as { code: string }).code, 'request.cross_origin');
    assert.deepEqual(response.headers.getSetCookie(), []);
    for (const to of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'x',
      '/ü',
      '/a b',
    ]) {
      const problem = await problemOf(house.stranger.call('auth.providerBegin', { body: { to } }));
      assert.equal(problem.code, 'request.invalid', to);
    }
    const elsewhere = await house.stranger.fetch('/api/settings/public');
    assert.deepEqual(((await elsewhere.json()) as { provider: unknown }).provider, {
      button: 'Sign in with Test',
    });
  });

  it('says in words why a provider cannot be set up, and keeps the one that there is', async () => {
    const refusal = (change: object) =>
      problemOf(admin.call('provider.save', { body: { ...setUp, ...change } }));
    const other = await startFakeServer((_, response) => response.end('hello'));
    const closed = await startFakeServer((_, response) => response.end());
    await closed.close();
    // All that is needed, but for its size.
    const huge = await startFakeServer(({ headers: { host } }, response) => {
      const issuer = `https://${host}`;
      const at = (path: string) => `${issuer}/${path}`;
      const description = {
        ...{ issuer, authorization_endpoint: at('a'), token_endpoint: at('t'), jwks_uri: at('j') },
        padding: 'x'.repeat(4_000_000),
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(description));
    });
    try {
      const cases: ReadonlyArray<readonly [change: object, words: RegExp]> = [
        [{ ca: null }, /not signed by a public CA/],
        [{ ca: other.caData }, /not signed by the CA given/],
        [{ ca: 'no certificate' }, /no CA certificate in PEM/],
        [{ issuer: closed.url }, /nothing listens there/],
        [{ issuer: `${setUp.issuer}/realms/none` }, /answers HTTP 404/],
        [{ issuer: setUp.issuer.replace('127.0.0.1', 'localhost') }, /calls itself https:\/\/127/],
        [{ issuer: other.url, ca: other.caData }, /no description of a provider/],
        [{ issuer: huge.url, ca: huge.caData }, /no description of a provider/],
        [{ issuer: 'http://provider.example' }, /https:\/\//],
        [{ issuer: `${setUp.issuer}/?x=1` }, /without \?/],
        [{ scopes: 'profile' }, /must have openid/],
        [{ entry: 'groups' }, /at least one group/],
        [{ groupsClaim: null, adminGroups: ['admins'] }, /needed where groups decide/],
      ];
      for (const [change, words] of cases) {
        const problem = await refusal(change);
        assert.match(problem.detail, words, JSON.stringify(change).slice(0, 200));
      }
      const { code } = await refusal({ teams: [{ group: 'ops', teamId: 999 }] });
      assert.equal(code, 'team.not_found');
    } finally {
      await other.close();
      await huge.close();
    }
    const { provider: kept } = await admin.call('provider.get');
    assert.equal(kept?.issuer, setUp.issuer);
  });

  it('takes the address of the discovery document for the issuer', async () => {
    const issuer = `${setUp.issuer}/.well-known/openid-configuration`;
    const saved = await admin.call('provider.save', { body: { ...setUp, issuer } });
    assert.equal(saved.issuer, setUp.issuer);
  });

  it('never gives the client secret away, neither to admins nor to another address', async () => {
    const { clientSecret: _, ...without } = setUp;
    const saved = await admin.call('provider.save', { body: { ...without, button: 'Go' } });
    assert.equal(saved.button, 'Go');
    const person = house.newPerson();
    await finish(person, await comeBack(person, 'erin'));

    const thief = await startFakeServer((_, response) => response.end('{}'));
    for (const change of [{ issuer: thief.url }, { ca: thief.caData }, { clientId: 'another' }]) {
      const body = { ...without, ...change };
      const { code } = await problemOf(admin.call('provider.save', { body }));
      assert.equal(code, 'provider.secret_needed');
    }
    await thief.close();
    assert.ok(!JSON.stringify(await admin.call('provider.get')).includes(CLIENT_SECRET));
    await admin.call('provider.save', { body: setUp });
    const { items } = await admin.call('audit.list', { query: { limit: 1, verb: 'save' } });
    const [event] = items;
    assert.match(JSON.stringify(event), /"clientSecret":"\[hidden\]"/);
    const places = [JSON.stringify(event), house.server.log()];
    if (house.server.dataDir) {
      for (const file of ['sallyport.db', 'sallyport.db-wal', 'audit.db', 'audit.db-wal']) {
        places.push(readIfThere(join(house.server.dataDir, file)));
      }
    }
    for (const place of places) assert.ok(!place.includes(CLIENT_SECRET));
  });

  it('says that the provider is down, and goes on once it is back', async () => {
    const down = await startOidcProvider({ redirectUri: 'https://x.example', accounts: {} });
    const body = { ...setUp, issuer: down.issuer, ca: down.ca };
    await admin.call('provider.save', { body });
    await down.close();
    const person = house.newPerson();
    const problem = await problemOf(person.call('auth.providerBegin', { body: {} }));
    assert.equal(problem.code, 'auth.provider_unreachable');
    assert.equal(problem.status, 503);
    await admin.call('provider.save', { body: setUp });
    await finish(person, await comeBack(person, 'erin'));
  });

  it('says of a client that the provider does not know so, and who has to mend it', async () => {
    await admin.call('provider.save', { body: { ...setUp, clientSecret: 'a wrong one' } });
    const person = house.newPerson();
    const problem = await problemOf(finish(person, await comeBack(person, 'erin')));
    assert.equal(problem.code, 'auth.provider_client_refused');
  });

  it('ends what was begun with settings that are no more', async () => {
    const person = house.newPerson();
    const answer = await comeBack(person, 'erin');
    await admin.call('provider.save', { body: { ...setUp, clientId: 'another' } });
    assert.equal((await problemOf(finish(person, answer))).code, 'auth.provider_expired');
  });

  it('is for admins to set up, and to take away', async () => {
    for (const person of [house.user, house.stranger]) {
      await problemOf(person.call('provider.get'));
      await problemOf(person.call('provider.save', { body: setUp }));
      await problemOf(person.call('provider.remove'));
    }
    await admin.call('provider.remove');
    const { code } = await problemOf(house.stranger.call('auth.providerBegin', { body: {} }));
    assert.equal(code, 'provider.not_set_up');
    assert.equal((await house.stranger.call('settings.public')).provider, null);
    assert.equal((await problemOf(admin.call('provider.remove'))).code, 'provider.not_set_up');
  });

  it('leaves passwords to admins, where they say so', async () => {
    await admin.call('settings.update', { body: { passwordSignIn: 'admins' } });
    const login = (username: string, password: string) =>
      house.newPerson().call('auth.login', { body: { username, password } });
    assert.equal((await problemOf(login('dana', PASSWORD))).code, 'auth.password_admins_only');
    assert.equal((await problemOf(login('dana', 'a wrong one'))).code, 'auth.failed');
    await login('admin', PASSWORD);
    assert.equal(
      (await problemOf(admin.call('provider.remove'))).code,
      'provider.passwords_needed',
    );
    await admin.call('settings.update', { body: { passwordSignIn: 'everybody' } });
    await admin.call('provider.remove');
    assert.equal(
      (await problemOf(admin.call('settings.update', { body: { passwordSignIn: 'admins' } }))).code,
      'provider.not_set_up',
    );
  });

  it('makes one who signed in by a password one of the provider’s, and back', async () => {
    const { id } = await admin.call('users.create', {
      body: { username: 'heidi', password: PASSWORD },
    });
    provider.accounts.heidi = { preferred_username: 'heidi' };
    const person = house.newPerson();
    const { code } = await problemOf(finish(person, await comeBack(person, 'heidi')));
    assert.equal(code, 'auth.provider_name_taken');
    const update = (body: object) => admin.call('users.update', { params: { id }, body });
    await update({ signIn: 'provider' });
    const login = { body: { username: 'heidi', password: PASSWORD } };
    assert.equal((await problemOf(person.call('auth.login', login))).code, 'auth.failed');
    assert.equal((await finish(person, await comeBack(person, 'heidi'))).id, id);
    assert.equal((await problemOf(update({ password: PASSWORD }))).code, 'user.by_provider');
    const change = { currentPassword: 'x', newPassword: PASSWORD };
    assert.equal(
      (await problemOf(person.call('auth.password', { body: change }))).code,
      'user.by_provider',
    );
    assert.equal((await problemOf(update({ signIn: 'password' }))).code, 'user.password_needed');
    await update({ signIn: 'password', password: PASSWORD });
    assert.equal(await isSignedIn(person), false);
    await person.call('auth.login', login);
    const again = house.newPerson();
    assert.equal(
      (await problemOf(finish(again, await comeBack(again, 'heidi')))).code,
      'auth.provider_name_taken',
    );
  });
});

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}
