import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createPerson, type Person } from '../../scripts/rest.ts';
import { PASSWORD, problemOf } from './apiHouse.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  passProvider,
  startOidcProvider,
  type TestProvider,
} from './oidcProvider.ts';
import { type RunningServer, startServer } from './server.ts';

const PUBLIC = 'https://gate.example';

describe('sign-in through a provider, behind a load balancer and with two workers', () => {
  let folder: string;
  let server: RunningServer;
  let admin: Person;
  let behind: Person;
  let provider: TestProvider;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-provider-'));
    server = await startServer(join(folder, 'data'), [
      ...['--public-url', `${PUBLIC}/`, '--http-port', '0', '--trusted-proxies', '127.0.0.1/32'],
      ...['--workers', '2'],
    ]);
    // As clients of the secret in the body are: it is then not in a header.
    provider = await startOidcProvider({
      redirectUri: `${PUBLIC}/signin/callback`,
      accounts: { erin: { preferred_username: 'erin', groups: ['ops'] } },
      claimsInToken: true,
      authentication: 'client_secret_post',
    });
    admin = server.person();
    const body = { token: server.setupToken ?? '', username: 'admin', password: PASSWORD };
    await admin.call('setup.complete', { body });
    behind = createPerson(server.httpUrl ?? '', undefined);
  });
  after(async () => {
    await Promise.all([admin?.close(), behind?.close()]);
    await server?.kill('SIGTERM');
    await provider?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (path: string, body: object, headers: Record<string, string>) => {
    const response = await behind.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { response, said: (await response.json()) as Record<string, unknown> };
  };
  const forwarded = {
    ...{ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'gate.example' },
    'x-forwarded-for': '192.0.2.7',
  };

  it('sends people back to the public address, and lets them in there', async () => {
    const shown = await admin.call('provider.get');
    assert.equal(shown.redirectUri, `${PUBLIC}/signin/callback`);
    const { issuer, ca } = provider;
    await admin.call('provider.save', {
      body: { issuer, ca, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, entry: 'anybody' },
    });
    const begun = await post('/api/auth/provider/begin', {}, forwarded);
    const url = String(begun.said.url);
    assert.equal(new URL(url).searchParams.get('redirect_uri'), `${PUBLIC}/signin/callback`);
    const at = provider.person();
    const answer = await passProvider(at, provider, url, 'erin');
    await at.close();
    const { response, said } = await post('/api/auth/provider/finish', { answer }, forwarded);
    assert.equal(response.status, 200, JSON.stringify(said));
    assert.equal(said.username, 'erin');
    const cookies = response.headers.getSetCookie();
    assert.ok(cookies.some((cookie) => /^__Host-sallyport=.*Secure/.test(cookie)));
    assert.ok(cookies.some((cookie) => /^__Host-sallyport-provider=;/.test(cookie)));
  });

  it('ends in whichever worker the answer comes to, and in one of them alone', async () => {
    const connect = () => createPerson(server.httpUrl ?? '', undefined);
    const send = async (path: string, body: object, cookie = '') => {
      // A connection of its own, so that any worker may have it.
      const person = connect();
      const response = await person.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...forwarded, cookie },
        body: JSON.stringify(body),
      });
      const said = (await response.json()) as Record<string, unknown>;
      await person.close();
      return { said, cookies: response.headers.getSetCookie() };
    };
    for (let round = 0; round < 4; round += 1) {
      const begun = await send('/api/auth/provider/begin', {});
      const cookie = begun.cookies[0]?.split(';', 1)[0];
      const at = provider.person();
      const answer = await passProvider(at, provider, String(begun.said.url), 'erin');
      await at.close();
      const ends = await Promise.all(
        [1, 2, 3, 4].map(() => send('/api/auth/provider/finish', { answer }, cookie)),
      );
      assert.deepEqual(ends.map(({ said }) => said.username ?? said.code).sort(), [
        ...['auth.provider_used', 'auth.provider_used', 'auth.provider_used', 'erin'],
      ]);
    }
  });

  it('does not begin where the answer could not come back to', async () => {
    const problem = await problemOf(admin.call('auth.providerBegin', { body: {} }));
    assert.equal(problem.code, 'auth.provider_elsewhere');
    assert.match(problem.remedy ?? '', /https:\/\/gate\.example\./);
  });

  it('does not begin over plain HTTP, and does not end there', async () => {
    for (const [path, body] of [
      ['/api/auth/provider/begin', {}],
      ['/api/auth/provider/finish', { answer: 'code=a&state=b' }],
    ] as const) {
      const { response, said } = await post(path, body, {});
      assert.equal(said.code, 'auth.provider_https_only', path);
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
  });
});
