import { z } from 'zod';
import { formatDuration, parseDuration } from './duration.ts';

/** A database id. Ids are never used twice, so an old reference cannot come to mean a new thing. */
export const Id = z.int().positive().max(2_147_483_647);

/** An id inside a path, where it arrives as text. */
export const IdParam = z.strictObject({ id: z.coerce.number().pipe(Id) });

/** A moment, RFC 3339 in UTC. */
export const Time = z.iso.datetime();

/** A moment that a person sends: RFC 3339 with any offset. */
export const TimeInput = z.iso.datetime({
  offset: true,
  error: 'must be a time like 2026-12-31T18:00:00Z',
});

/** A duration: see duration.ts. Any accepted spelling becomes the canonical one. */
export const Duration = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) {
      context.addIssue({
        code: 'custom',
        message: 'is no duration: write it like 24h, 90m, 7d, or 0 for never',
      });
      return z.NEVER;
    }
    return formatDuration(ms);
  });

/** Paging and search, the same on every list. */
export const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  offset: z.coerce.number().int().min(0).default(0),
  q: z.string().max(200).optional(),
});

/** One page of a list, and how many there are in all. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), total: z.int().min(0) });
}

/**
 * A name for a user or a team. The characters are those that are safe in a URL, a file name, a
 * kubeconfig's user name and an `Impersonate-*` header without any escaping.
 */
export const PrincipalName = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._@+-]{0,61}[A-Za-z0-9])?$/,
    'must be 1 to 63 letters, digits or . _ @ + -, and begin and end with a letter or digit',
  );

/** A Kubernetes namespace: a DNS label (RFC 1123). */
export const Namespace = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'is no valid namespace name');

/** Labels of an environment, by Kubernetes' rules for label keys and values. */
export const Labels = z.record(
  z
    .string()
    .regex(
      /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/,
      'is no valid label key',
    ),
  z.string().regex(/^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/, 'is no valid label value'),
);

/** A new password. Length is the only rule that helps (NIST SP 800-63B, 5.1.1.2). */
export const NewPassword = z.string().min(12, 'must have at least 12 characters').max(1024);

/** Every error of the REST API (RFC 9457, `application/problem+json`). */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  remedy: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
