import { PrincipalName } from '@sallyport/contract';
import { fail } from '../../errors.ts';

/** Whom the provider has let in, as far as it matters here. */
export interface Newcomer {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
  readonly groups: readonly string[];
}

export interface ClaimNames {
  readonly username: string;
  /** null: groups are not read. */
  readonly groups: string | null;
}

export type Claims = Readonly<Record<string, unknown>>;

/** More are no groups that anybody has mapped, but an attempt to fill the memory. */
const MAX_GROUPS = 10_000;

/**
 * Finds a claim: by its whole name, as `https://example.com/groups` is one, else step by step, as
 * Keycloak's `realm_access.roles`.
 */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step))
      return undefined;
    found = (found as Claims)[step];
  }
  return found;
}

/**
 * Reads who somebody is from claims that were verified. A claim for groups that is not there means
 * none, as several providers write it.
 *
 * @throws auth.provider_no_username, auth.provider_username_invalid,
 *   auth.provider_email_unverified, auth.provider_groups_invalid, auth.provider_groups_missing
 */
export function readNewcomer(
  issuer: string,
  subject: string,
  claims: Claims,
  names: ClaimNames,
): Newcomer {
  const username = claimOf(claims, names.username);
  if (typeof username !== 'string' || username === '') {
    throw fail('auth.provider_no_username', { claim: names.username });
  }
  if (!PrincipalName.safeParse(username).success) {
    throw fail('auth.provider_username_invalid', { name: shown(username) });
  }
  // Whoever may type in any address must not come in by that of somebody else.
  if (names.username === 'email' && claims.email_verified === false) {
    throw fail('auth.provider_email_unverified', { name: username });
  }
  return { issuer, subject, username, groups: readGroups(claims, names.groups) };
}

function readGroups(claims: Claims, name: string | null): readonly string[] {
  if (name === null) return [];
  const groups = claimOf(claims, name);
  if (groups === undefined || groups === null) {
    // Entra ID leaves out more than 200, and says only where to ask for them (aggregated claims).
    const elsewhere = claims._claim_names;
    if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, name)) {
      throw fail('auth.provider_groups_missing');
    }
    return [];
  }
  const list = typeof groups === 'string' ? [groups] : groups;
  if (
    !Array.isArray(list) ||
    list.length > MAX_GROUPS ||
    !list.every((group) => typeof group === 'string')
  ) {
    throw fail('auth.provider_groups_invalid', { claim: name });
  }
  return [...new Set<string>(list)];
}

/** What comes from outside, so that it can stand in a sentence. */
function shown(text: string): string {
  return text.slice(0, 100).replace(/\p{C}/gu, '?');
}
