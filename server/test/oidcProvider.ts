import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { newAuthority, newLeaf } from '../../lab/src/pki.ts';
import { createPerson, type Person } from '../../scripts/rest.ts';

/** What the provider says of somebody, besides the subject. */
export type AccountClaims = Readonly<Record<string, unknown>>;

/** The parts of a JSON Web Token. */
export interface Token {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ProviderOptions {
  /** Where it may send browsers back to. */
  readonly redirectUri: string;
  /** Whom it knows, by what they type as their login. That is their subject too. */
  readonly accounts: Record<string, AccountClaims>;
  /** Whether the ID token holds the claims itself; else only the UserInfo endpoint gives them. */
  readonly claimsInToken?: boolean;
  /** How the client shows its secret. */
  readonly authentication?: 'client_secret_basic' | 'client_secret_post';
}

export const CLIENT_ID = 'sallyport';
/** With characters that have to be encoded (RFC 6749 §2.3.1). */
export const CLIENT_SECRET = 'a secret: +/% & more of it';
const KEY_ID = 'the-key';

export type TestProvider = Awaited<ReturnType<typeof startOidcProvider>>;

/**
 * A real OpenID Connect provider over HTTPS, with a CA of its own. It lies where `tamper` says so:
 * what it signs is then what the test wants to see refused.
 */
export async function startOidcProvider(options: ProviderOptions) {
  const { accounts, redirectUri, claimsInToken = false } = options;
  const authority = await newAuthority('the authority of the provider');
  const { cert, key } = await newLeaf(authority, {
    ...{ commonName: 'provider', usage: ['server'] },
    ...{ dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
  });
  const server = createServer({ cert, key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // By address, so that for a browser it is another site than a Sallyport at localhost.
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const jwk = { ...signing.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
  const client = (client_id: string): ClientMetadata => ({
    ...{ client_id, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] },
    token_endpoint_auth_method: options.authentication ?? 'client_secret_basic',
  });
  const provider = new Provider(issuer, {
    clients: [client(CLIENT_ID), client('another')],
    clientAuthMethods: [options.authentication ?? 'client_secret_basic'],
    cookies: { keys: ['a key of the test'] },
    jwks: { keys: [jwk as never] },
    conformIdTokenClaims: !claimsInToken,
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'name', '_claim_names'] },
    findAccount: (_, id) => {
      const known = accounts[id];
      return known && { accountId: id, claims: () => ({ sub: id, ...known }) };
    },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  });
  const state = {
    /** Makes another ID token of the one that is right. */
    tamper: undefined as ((token: Token) => string) | undefined,
  };
  provider.use(async (ctx, next) => {
    await next();
    const body = ctx.body as { id_token?: string } | undefined;
    if (ctx.path !== '/token' || typeof body?.id_token !== 'string') return;
    if (state.tamper) body.id_token = state.tamper(decode(body.id_token));
  });
  server.on('request', provider.callback());

  return Object.assign(state, {
    issuer,
    ca: authority.cert,
    accounts,
    signing,
    /** Signs as the provider does. */
    sign: (token: Token, by: KeyObject = signing) => signToken(token, by),
    /** Signs with the client secret, as if it were a key (HS256). */
    signByText: (header: Token['header'], payload: Token['payload']) => {
      const text = unsigned({ header, payload });
      return `${text}.${createHmac('sha256', CLIENT_SECRET).update(text).digest('base64url')}`;
    },
    /** Somebody's browser at the provider. */
    person: (): Person => createPerson(issuer, authority.cert),
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/**
 * Goes through the provider's pages as a browser does: signs in there, agrees, and comes back.
 *
 * @param url where Sallyport has sent the browser
 * @param login undefined: the person presses Cancel
 * @returns the parameters that the provider has sent the browser back with
 */
export async function passProvider(
  at: Person,
  { issuer }: Pick<TestProvider, 'issuer'>,
  url: string,
  login: string | undefined,
): Promise<string> {
  let next = url;
  let init: RequestInit = {};
  for (let steps = 0; steps < 20; steps += 1) {
    const response = await at.fetch(next.slice(issuer.length), { ...init, redirect: 'manual' });
    init = {};
    const location = response.headers.get('location');
    if (location !== null) {
      await response.body?.cancel();
      next = new URL(location, issuer).href;
      if (!next.startsWith(`${issuer}/`)) return next.slice(next.search(/[?#]/) + 1);
      continue;
    }
    const html = await response.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1];
    const action = /action="([^"]+)"/.exec(html)?.[1];
    const abort = /href="([^"]+\/abort)"/.exec(html)?.[1];
    if (!prompt || !action || !abort) {
      throw new Error(
        `the provider answers ${response.status}: ${html.replace(/<[^>]+>/g, ' ').slice(0, 800)}`,
      );
    }
    if (login === undefined) {
      next = new URL(abort, issuer).href;
      continue;
    }
    next = new URL(action, issuer).href;
    init = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ prompt, login, password: 'whatever' }).toString(),
    };
  }
  throw new Error('the provider does not come to an end');
}

export function newKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

function decode(token: string): Token {
  const [header = '', payload = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: read(header), payload: read(payload) };
}

function unsigned({ header, payload }: Token): string {
  const write = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${write(header)}.${write(payload)}`;
}

function signToken(token: Token, by: KeyObject): string {
  const text = unsigned(token);
  if (token.header.alg === 'none') return `${text}.`;
  return `${text}.${sign('sha256', Buffer.from(text), by).toString('base64url')}`;
}
