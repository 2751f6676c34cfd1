import { z } from 'zod';
import { Duration, Id, ListQuery, Time } from './common.ts';
import { parseDuration } from './duration.ts';

export const KubeconfigState = z.enum(['active', 'expired', 'revoked']);
export type KubeconfigState = z.infer<typeof KubeconfigState>;

/**
 * When a kubeconfig is about to end, so that its owner is told: in the last quarter of its life, at
 * most a week. The week is for files that live a month; one that was made for a day would otherwise
 * be said to end soon from its first minute on, and nobody would read that any more.
 */
export const ENDS_SOON = { atMostMs: 7 * 86_400_000, partOfLife: 4 } as const;

/**
 * From when on a kubeconfig is about to end.
 *
 * @param createdAt epoch milliseconds, as all here
 */
export function endsSoonFrom(createdAt: number, expiresAt: number): number {
  return expiresAt - Math.min(ENDS_SOON.atMostMs, (expiresAt - createdAt) / ENDS_SOON.partOfLife);
}

/** How long the old file stays good when a kubeconfig is renewed, unless told otherwise. */
export const DEFAULT_OVERLAP = '24h';
/** The longest that two files of one renewal may be good together, in milliseconds. */
export const MAX_OVERLAP_MS = 7 * 86_400_000;

/** An issued kubeconfig. Its token stands in the file alone. */
export const Kubeconfig = z.object({
  id: Id,
  userId: Id,
  username: z.string(),
  name: z.string(),
  hint: z.string().describe('The last characters of the token, to tell one file from another'),
  environments: z.array(z.object({ id: Id, name: z.string() })),
  state: KubeconfigState,
  createdAt: Time,
  expiresAt: Time.nullable().describe('null: never'),
  idleAfter: z
    .string()
    .nullable()
    .describe('The duration after which it ends where it is not used; null: never'),
  idleAt: Time.nullable().describe('When it ends, or ended, unless it is used before'),
  signInUntil: Time.nullable().describe(
    'When it stops until its user signs in through the provider again; null: it does not',
  ),
  renewedAt: Time.nullable(),
  renewedAs: Id.nullable().describe('The kubeconfig that took its place'),
  revokedAt: Time.nullable(),
  lastUsedAt: Time.nullable(),
  lastUsedFrom: z.string().nullable(),
  lastUsedBy: z.string().nullable().describe("The client's User-Agent"),
});
export type Kubeconfig = z.infer<typeof Kubeconfig>;

const KubeconfigName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}]*$/u, 'must not contain control characters');

export const KubeconfigCreate = z.strictObject({
  name: KubeconfigName.optional(),
  environmentIds: z.array(Id).max(1000),
  expiresIn: Duration.optional(),
  currentEnvironmentId: Id.optional(),
});
export type KubeconfigCreate = z.infer<typeof KubeconfigCreate>;

export const KubeconfigPatch = z.strictObject({ name: KubeconfigName });

/** How long the old file stays good: `0` is not at all. */
const Overlap = Duration.refine((text) => (parseDuration(text) ?? 0) <= MAX_OVERLAP_MS, {
  message: 'must be 7 days at the most',
});

export const KubeconfigRenewal = z.strictObject({
  overlap: Overlap.default(DEFAULT_OVERLAP).describe(
    'How long the old file stays good, 7 days at the most; 0: not at all',
  ),
  expiresIn: Duration.optional(),
});
export type KubeconfigRenewal = z.infer<typeof KubeconfigRenewal>;

/** `expiring`: active, not yet renewed, and about to end: see {@link endsSoonFrom}. */
export const KubeconfigStateFilter = z.enum([...KubeconfigState.options, 'expiring']);
export type KubeconfigStateFilter = z.infer<typeof KubeconfigStateFilter>;

export const KubeconfigQuery = ListQuery.extend({
  all: z.stringbool().optional().describe('Those of everybody; for admins'),
  userId: z.coerce.number().pipe(Id).optional(),
  username: z.string().max(200).optional().describe('Of the user of exactly this name'),
  environmentId: z.coerce.number().pipe(Id).optional(),
  state: KubeconfigStateFilter.optional(),
});

/** Which kubeconfigs to revoke: those that every given field is true of. */
export const KubeconfigRevocation = z
  .strictObject({
    userId: Id.optional(),
    environmentId: Id.optional().describe('Those that reach it, whatever else they reach'),
  })
  .refine(({ userId, environmentId }) => userId !== undefined || environmentId !== undefined, {
    message: 'name a user, an environment, or both',
  });
export type KubeconfigRevocation = z.infer<typeof KubeconfigRevocation>;

export const KubeconfigsRevoked = z.object({ revoked: z.int().min(0) });
