import { z } from 'zod';
import { Duration, Id } from './common.ts';

/** Whom the provider may let in: users that are there already, anybody, or members of some groups. */
export const ProviderEntry = z.enum(['existing', 'anybody', 'groups']);
export type ProviderEntry = z.infer<typeof ProviderEntry>;

/** What a group is called by the provider: a name with Keycloak, an object's id with Entra ID. */
const Group = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(/^[^\p{C}]*$/u, 'must not contain control characters');

/** Members of a group are members of a team. */
export const GroupTeam = z.strictObject({ group: Group, teamId: Id });
export type GroupTeam = z.infer<typeof GroupTeam>;

const COUNTS_FOR =
  'How long a sign-in through the provider counts: after it, kubeconfigs and API tokens wait for the next one; 0: for ever';

/** The OpenID Connect provider that people sign in with. Its secret is never given back. */
export const SignInProvider = z.object({
  issuer: z.string(),
  clientId: z.string(),
  ca: z.string().nullable().describe('PEM; null: the public CAs'),
  scopes: z.string(),
  usernameClaim: z.string(),
  groupsClaim: z.string().nullable().describe('null: groups are not read'),
  button: z.string().describe('The text of the button on the sign-in page'),
  entry: ProviderEntry,
  entryGroups: z.array(z.string()),
  teams: z.array(z.object({ group: z.string(), teamId: Id, teamName: z.string() })),
  adminGroups: z.array(z.string()).describe('Empty: the role is set in Sallyport'),
  countsFor: z.string().describe(COUNTS_FOR),
});
export type SignInProvider = z.infer<typeof SignInProvider>;

const Claim = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be the name of a claim');

const WELL_KNOWN = '/.well-known/openid-configuration';

/** Where the provider is. What browsers copy, the address of its discovery document, is one too. */
const Issuer = z
  .string()
  .trim()
  .max(1000)
  .transform((text) => (text.endsWith(WELL_KNOWN) ? text.slice(0, -WELL_KNOWN.length) : text))
  .refine(
    (text) => {
      const url = URL.parse(text);
      return (
        url?.protocol === 'https:' &&
        url.search + url.hash + url.username + url.password === '' &&
        !/[?#]/.test(text)
      );
    },
    { message: 'must be an https:// address without ? and #, as the provider calls itself' },
  );

/** A provider to sign in with from now on; it replaces the one before. */
export const SignInProviderInput = z
  .strictObject({
    issuer: Issuer,
    clientId: z.string().trim().min(1).max(500),
    clientSecret: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .describe('Needed where issuer, client or CA change; else the secret that is there is kept'),
    ca: z.string().max(100_000).nullable().default(null),
    scopes: z
      .string()
      .trim()
      .max(500)
      .regex(
        /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
        'are words apart by one space',
      )
      .refine((text) => text.split(' ').includes('openid'), { message: 'must have openid' })
      .default('openid profile email'),
    usernameClaim: Claim.default('preferred_username'),
    groupsClaim: Claim.nullable().default('groups'),
    button: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .regex(/^[^\p{C}]*$/u, 'must not contain control characters')
      .default('Sign in with the provider'),
    entry: ProviderEntry.default('existing'),
    entryGroups: z.array(Group).max(100).default([]),
    teams: z.array(GroupTeam).max(1000).default([]),
    adminGroups: z.array(Group).max(100).default([]),
    countsFor: Duration.default('168h'),
  })
  .refine(({ entry, entryGroups }) => entry !== 'groups' || entryGroups.length > 0, {
    message: 'must name at least one group',
    path: ['entryGroups'],
  })
  .refine(
    ({ groupsClaim, entry, teams, adminGroups }) =>
      groupsClaim !== null || (entry !== 'groups' && teams.length + adminGroups.length === 0),
    { message: 'is needed where groups decide something', path: ['groupsClaim'] },
  );
export type SignInProviderInput = z.infer<typeof SignInProviderInput>;

/** Where to go after the sign-in: a path of the page itself, short enough for a cookie. */
export const ReturnPath = z
  .string()
  .max(1500)
  .regex(/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/, 'must be a path of this page');
