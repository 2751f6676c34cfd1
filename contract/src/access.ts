import { z } from 'zod';
import { Id, Namespace, Time, TimeInput } from './common.ts';

/** Whether the cluster has what a grant needs. */
export const GrantBinding = z.object({
  environmentId: Id,
  state: z
    .enum(['applied', 'pending', 'external'])
    .describe('pending: not in the cluster yet; external: its owner writes the bindings'),
  message: z.string().nullable(),
});
export type GrantBinding = z.infer<typeof GrantBinding>;

export const Grant = z.object({
  id: Id,
  userId: Id.nullable(),
  teamId: Id.nullable(),
  subject: z.string().describe('The name of the user or team'),
  environmentIds: z.array(Id),
  roleId: Id,
  role: z.string(),
  namespaces: z.array(z.string()).nullable().describe('null: the whole cluster'),
  expiresAt: Time.nullable(),
  createdAt: Time,
  bindings: z.array(GrantBinding),
});
export type Grant = z.infer<typeof Grant>;

export const GrantCreate = z
  .strictObject({
    userId: Id.optional(),
    teamId: Id.optional(),
    environmentIds: z.array(Id).min(1).max(1000),
    roleId: Id.optional(),
    role: z.string().max(100).optional(),
    namespaces: z.array(Namespace).min(1).max(1000).nullable().optional(),
    expiresAt: TimeInput.nullable().optional(),
  })
  .refine((g) => (g.userId === undefined) !== (g.teamId === undefined), {
    message: 'needs either userId or teamId',
    path: ['userId'],
  })
  .refine((g) => (g.roleId === undefined) !== (g.role === undefined), {
    message: 'needs either roleId or role',
    path: ['role'],
  });
export type GrantCreate = z.infer<typeof GrantCreate>;
