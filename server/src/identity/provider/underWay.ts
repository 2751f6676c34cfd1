import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ProviderConfig } from './config.ts';
import type { Sealing } from './sealing.ts';

/** How long somebody may take at the provider, in milliseconds. */
export const UNDER_WAY_MS = 10 * 60_000;

const UnderWay = z.object({
  /** Comes back with the answer, and says which sign-in it is for (RFC 6749 §10.12). */
  state: z.string(),
  /** Stands in the ID token, which says that it was made for this sign-in (OpenID Connect §3.1.2.1). */
  nonce: z.string(),
  /** Shows to the provider that whoever brings the code has begun the sign-in (RFC 7636). */
  verifier: z.string(),
  redirectUri: z.string(),
  returnTo: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
});

/** A sign-in that was begun and whose answer is awaited. */
export type UnderWay = z.infer<typeof UnderWay>;

type Provider = Pick<ProviderConfig, 'issuer' | 'clientId'>;

/**
 * Keeps sign-ins under way in their browsers: all of it is in a cookie, sealed. So an answer counts
 * in the browser alone that has begun, and whoever begins a million of them fills nothing here.
 */
export function createUnderWay(sealing: Sealing, now: () => number) {
  const bindTo = ({ issuer, clientId }: Provider) => ['sign-in under way', issuer, clientId];

  return {
    /** @returns what to ask the provider with, and the same, sealed */
    begin(provider: Provider, redirectUri: string, returnTo: string) {
      const secret = () => randomBytes(32).toString('base64url');
      const underWay: UnderWay = {
        ...{ state: secret(), nonce: secret(), verifier: secret() },
        ...{ redirectUri, returnTo, expiresAt: now() + UNDER_WAY_MS },
      };
      return { underWay, sealed: sealing.seal(JSON.stringify(underWay), bindTo(provider)) };
    },

    /** @returns undefined where it is over, or was begun with another provider or elsewhere */
    read(provider: Provider, sealed: string): UnderWay | undefined {
      const plain = sealing.open(sealed, bindTo(provider));
      if (plain === undefined) return undefined;
      const underWay = UnderWay.parse(JSON.parse(plain));
      return underWay.expiresAt > now() ? underWay : undefined;
    },
  };
}
