import { X509Certificate } from 'node:crypto';
import * as oidc from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import { fail } from '../../errors.ts';
import type { Claims } from './claims.ts';
import { claimOf } from './claims.ts';
import type { ProviderConfig } from './config.ts';
import { discoveryTrouble, type Explain, signInTrouble } from './trouble.ts';
import type { UnderWay } from './underWay.ts';

const TIMEOUT_S = 10;
/** A description, keys, tokens and claims are far below it. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Machines whose clocks are kept are less apart, in seconds. */
const CLOCK_TOLERANCE_S = 30;
/** How long what the provider says of itself is believed, in milliseconds. Its keys are read anew by themselves. */
const DESCRIPTION_MS = 10 * 60_000;

/** What a sign-in needs of the provider's description; all else has a default or is not used. */
const NEEDED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What a subject may be: up to 255 ASCII characters (OpenID Connect Core §2). */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

type Ask = Pick<ProviderConfig, 'issuer' | 'clientId' | 'clientSecret' | 'ca'>;

/** Who has signed in: the verified claims of the ID token, and those of the UserInfo endpoint. */
export interface Identified {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Claims;
}

export type ProviderClient = ReturnType<typeof createProviderClient>;

/**
 * One provider, as it is asked: over verified TLS alone, and bound in time and size.
 *
 * @param explain puts a failed connection into words
 */
export function createProviderClient(ask: Ask, explain: Explain, now: () => number) {
  const agent = new Agent({
    connect: { rejectUnauthorized: true, ...(ask.ca === null ? {} : { ca: ask.ca }) },
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  let described:
    | { readonly at: number; readonly description: Promise<oidc.Configuration> }
    | undefined;

  const fetchVerified: oidc.CustomFetch = async (url, options) =>
    (await undiciFetch(url, {
      ...(options as object),
      dispatcher: agent,
    })) as unknown as Response;

  async function discover(): Promise<oidc.Configuration> {
    const description = await oidc.discovery(
      new URL(ask.issuer),
      ask.clientId,
      { [oidc.clockTolerance]: CLOCK_TOLERANCE_S },
      authenticationFor(ask.clientSecret),
      {
        [oidc.customFetch]: fetchVerified,
        timeout: TIMEOUT_S,
        // Without it the library takes TLS as enough, and does not look at an ID token's signature.
        execute: [oidc.enableNonRepudiationChecks],
      },
    );
    return description;
  }

  /** One look for all who ask at once; one that failed is forgotten. */
  function description(): Promise<oidc.Configuration> {
    if (described && now() - described.at < DESCRIPTION_MS) return described.description;
    const looking = { at: now(), description: discover() };
    described = looking;
    looking.description.catch(() => {
      if (described === looking) described = undefined;
    });
    return looking.description;
  }

  return {
    /**
     * Asks the provider to describe itself, for one that is to be set up.
     *
     * @returns the issuer as it calls itself
     * @throws provider.discovery_failed
     */
    async check(): Promise<string> {
      if (ask.ca !== null) requireCertificates(ask.ca);
      const found = await description().catch((error: unknown) => {
        throw mismatchOf(error, ask.issuer) ?? discoveryTrouble(error, ask, explain);
      });
      const server = found.serverMetadata();
      // Entra ID's addresses for many tenants have a place for the tenant in their issuer.
      if (new URL(server.issuer).href !== new URL(ask.issuer).href) {
        throw otherIssuer(server.issuer, ask.issuer);
      }
      const missing = NEEDED.filter((name) => !server[name]?.startsWith('https://'));
      if (missing.length > 0) {
        throw fail('provider.discovery_failed', {
          why: `What the provider says of itself has no https:// address for ${missing.join(', ')}.`,
          how: 'Give the issuer of an OpenID Connect provider.',
        });
      }
      return server.issuer;
    },

    /**
     * The address at the provider where a sign-in begins.
     *
     * @throws auth.provider_unreachable, auth.provider_invalid
     */
    async authorizationUrl(
      { state, nonce, verifier, redirectUri }: UnderWay,
      scope: string,
    ): Promise<string> {
      try {
        const found = await description();
        if (!found.serverMetadata().authorization_endpoint?.startsWith('https://')) {
          throw fail('auth.provider_invalid', { why: 'it has no https:// address to sign in at' });
        }
        // In the fragment the answer is in the log of no proxy; asked for only where it is promised.
        const fragment = found.serverMetadata().response_modes_supported?.includes('fragment');
        return oidc.buildAuthorizationUrl(found, {
          ...{ redirect_uri: redirectUri, scope, state, nonce },
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(fragment ? { response_mode: 'fragment' } : {}),
        }).href;
      } catch (error) {
        throw signInTrouble(error, ask, explain);
      }
    },

    /**
     * Takes the provider's answer: checks it, has the code exchanged, verifies the ID token.
     *
     * @param answer the parameters of the answer
     * @param needed names of claims; where the ID token lacks one, the UserInfo endpoint is asked
     * @throws auth.provider_*
     */
    async identify(
      answer: URLSearchParams,
      { state, nonce, verifier, redirectUri }: UnderWay,
      needed: readonly string[],
    ): Promise<Identified> {
      try {
        const found = await description();
        const tokens = await oidc.authorizationCodeGrant(
          found,
          new URL(`${redirectUri}?${answer}`),
          {
            ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
            idTokenExpected: true,
          },
        );
        const claims = tokens.claims();
        if (!claims) throw fail('auth.provider_invalid', { why: 'there is no ID token' });
        const { iss: issuer, sub: subject } = claims;
        if (issuer !== ask.issuer || !SUBJECT.test(subject)) {
          throw fail('auth.provider_invalid', { why: 'it is not clear whom it is about' });
        }
        const complete = needed.every((name) => claimOf(claims, name) !== undefined);
        if (complete || !found.serverMetadata().userinfo_endpoint) {
          return { issuer, subject, claims };
        }
        const more = await oidc.fetchUserInfo(found, tokens.access_token, subject);
        // What is signed goes before what is not.
        return { issuer, subject, claims: { ...more, ...claims } };
      } catch (error) {
        throw signInTrouble(error, ask, explain);
      }
    },

    close: () => agent.close(),
  };
}

function requireCertificates(pem: string): void {
  const certificates = pem.match(CERTIFICATE) ?? [];
  try {
    if (certificates.length === 0) throw new Error('there is none');
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (error) {
    const why = 'What was given as the CA is no CA certificate in PEM.';
    const how = 'Give the certificate of the CA that has signed the provider’s, or leave it out.';
    throw fail('provider.discovery_failed', { why, how }, error);
  }
}

/**
 * The default of OpenID Connect where the provider takes it, else the other way that a secret has
 * (RFC 6749 §2.3.1).
 */
function authenticationFor(secret: string): oidc.ClientAuth {
  const basic = oidc.ClientSecretBasic(secret);
  const post = oidc.ClientSecretPost(secret);
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isPostOnly =
      !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
    return (isPostOnly ? post : basic)(server, ...rest);
  };
}

function mismatchOf(error: unknown, asked: string) {
  const { body } = ((error as Error | undefined)?.cause ?? {}) as { body?: { issuer?: unknown } };
  return typeof body?.issuer === 'string' && body.issuer !== asked
    ? otherIssuer(body.issuer, asked)
    : undefined;
}

function otherIssuer(issuer: string, asked: string) {
  return fail('provider.discovery_failed', {
    why: `The provider there calls itself ${issuer.slice(0, 300).replace(/\p{C}/gu, '?')}, not ${asked}.`,
    how: 'Give the issuer exactly as the provider calls itself.',
  });
}
