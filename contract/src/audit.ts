import { z } from 'zod';
import { Id, Time, TimeInput } from './common.ts';

/** A request to a cluster, or an act in Sallyport itself. */
export const AuditKind = z.enum(['proxy', 'act']);

/** A place in the log. Take it as it is; only what gave it knows what it means. */
const Cursor = z
  .string()
  .regex(/^\d{1,15}$/, 'is no cursor of this list')
  .transform(Number);

/** An HTTP status, or a class of them: `403`, `4xx`. */
const StatusFilter = z
  .string()
  .regex(/^[1-5](?:xx|\d\d)$|^0$/, 'must be a status like 403, or a class like 4xx');

/** What events are looked for; what is absent does not matter. */
export const AuditFilter = z.strictObject({
  from: TimeInput.optional(),
  to: TimeInput.optional(),
  kind: AuditKind.optional(),
  userId: z.coerce.number().pipe(Id).optional(),
  username: z.string().max(100).optional(),
  environmentId: z.coerce.number().pipe(Id).optional(),
  namespace: z.string().max(253).optional(),
  verb: z.string().max(100).optional(),
  resource: z.string().max(253).optional(),
  status: StatusFilter.optional(),
  q: z
    .string()
    .max(200)
    .optional()
    .describe('Words; an event must have each, or, from three letters on, one that begins with it'),
});

export const AuditQuery = AuditFilter.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  before: Cursor.optional().describe('`nextCursor` of the page before'),
});

export const AuditTailQuery = AuditFilter.omit({ from: true, to: true }).extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: Cursor.describe('`tailCursor` of the answer before'),
});

export const AuditExportQuery = AuditFilter.extend({
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
});

/** One event, as a person reads it. The export has the `audit.k8s.io/v1` Event that it is made of. */
export const AuditItem = z.object({
  id: z.int().describe('Its place in the log'),
  time: Time.describe('When it began to be answered, or ended'),
  receivedAt: Time,
  kind: AuditKind,
  stage: z.enum(['ResponseStarted', 'ResponseComplete']).describe('Streams have both'),
  requestId: z.string().describe("Also in the cluster's own audit log, as auditID"),
  userId: Id.nullable(),
  username: z.string().nullable().describe('As it was then'),
  kubeconfigId: Id.nullable(),
  environmentId: Id.nullable(),
  environmentName: z.string().nullable().describe('As it was then'),
  address: z.string(),
  userAgent: z.string().nullable(),
  method: z.string(),
  uri: z.string(),
  verb: z.string(),
  apiGroup: z.string().nullable(),
  resource: z.string().nullable(),
  subresource: z.string().nullable(),
  namespace: z.string().nullable(),
  name: z.string().nullable(),
  status: z.int().nullable().describe('null: no answer was sent'),
  code: z.string().nullable().describe('Why Sallyport refused or ended it'),
  aborted: z.boolean().describe('The client went away before the end'),
  durationMs: z.int(),
  bytesToClient: z.int().nullable(),
  bytesFromClient: z.int().nullable(),
  details: z.record(z.string(), z.unknown()).nullable().describe('Of an act: what was asked for'),
});
export type AuditItem = z.infer<typeof AuditItem>;

export const AuditPage = z.object({
  items: z.array(AuditItem).describe('Newest first'),
  nextCursor: z.string().nullable().describe('For the next page; null: this is the last one'),
  tailCursor: z.string().describe('For what is written after this answer'),
});
export type AuditPage = z.infer<typeof AuditPage>;

/** How many events match, by time. */
export const AuditHistogram = z.object({
  widthSeconds: z.int().describe('Of one bar'),
  bars: z.array(
    z.object({
      start: Time.describe('Inclusive; it ends just before the next one begins'),
      total: z.int().describe('The next two among them'),
      refused: z.int().describe('Answered with 4xx'),
      failed: z.int().describe('Answered with 5xx'),
    }),
  ),
});
export type AuditHistogram = z.infer<typeof AuditHistogram>;

/** What the log takes now. */
export const AuditUsage = z.object({
  events: z.int(),
  bytes: z.int().describe('On PostgreSQL, an estimate from the newest events'),
  oldest: Time.nullable(),
  waiting: z.int().describe('Events that are still to be written'),
  dropped: z
    .int()
    .describe('Events of requests that were not kept since the start, as the log was full'),
  refusedStrangers: z
    .int()
    .describe('Refusals of strangers beyond those that are written down, since the start'),
});
export type AuditUsage = z.infer<typeof AuditUsage>;

export const AuditTail = z.object({
  items: z.array(AuditItem).describe('Oldest first; empty where nothing came in time'),
  tailCursor: z.string(),
});
export type AuditTail = z.infer<typeof AuditTail>;
