import { z } from 'zod';
import { Id, ListQuery, Time } from './common.ts';

/** A request to a cluster that is still open: a watch, `logs -f`, exec, attach, a port-forward. */
export const Stream = z.object({
  id: z.string().describe('The request id; also in the audit log'),
  userId: Id,
  username: z.string(),
  kubeconfigId: Id,
  kubeconfigName: z.string().nullable().describe('null: it is not there any more'),
  environmentId: Id,
  environmentName: z.string(),
  verb: z.string(),
  apiGroup: z.string(),
  resource: z.string(),
  subresource: z.string(),
  namespace: z.string(),
  name: z.string(),
  path: z.string().describe('Without its query'),
  address: z.string(),
  userAgent: z.string().nullable(),
  startedAt: Time,
  bytesToClient: z.number(),
  bytesFromClient: z.number(),
});
export type Stream = z.infer<typeof Stream>;

export const StreamQuery = ListQuery.extend({
  environmentId: z.coerce.number().pipe(Id).optional(),
  userId: z.coerce.number().pipe(Id).optional().describe('For admins; others see their own only'),
});

export const StreamList = z.object({
  items: z.array(Stream).describe('The newest first'),
  total: z.int(),
  missing: z.int().describe('Processes that did not answer in time; their streams are not here'),
  replica: z
    .string()
    .nullable()
    .describe('Where other replicas may have streams of their own: the host that this list is of'),
});
export type StreamList = z.infer<typeof StreamList>;

export const StreamParam = z.strictObject({ id: z.uuid() });
