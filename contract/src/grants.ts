import { z } from 'zod';
import { Id, Namespace, Time, TimeInput } from './common.ts';
import { formatSelector, MAX_SELECTOR, parseSelector } from './labelSelector.ts';

/** Whether the cluster has what a grant needs. */
export const GrantBinding = z.object({
  environmentId: Id,
  state: z
    .enum(['applied', 'pending', 'external'])
    .describe('pending: not in the cluster yet; external: its owner writes the bindings'),
  message: z.string().nullable(),
});
export type GrantBinding = z.infer<typeof GrantBinding>;

/** Why somebody has a grant, for those who read the list later. */
export const GrantNote = z.string().trim().max(500, 'must have at most 500 characters');

export const Grant = z.object({
  id: Id,
  userId: Id.nullable(),
  teamId: Id.nullable(),
  subject: z.string().describe('The name of the user or team'),
  environmentIds: z
    .array(Id)
    .describe('Those that it reaches now; in a list, as many as asked for'),
  environmentCount: z.int().min(0).describe('How many it reaches now'),
  environmentSelector: z
    .string()
    .nullable()
    .describe('Whichever environments have such labels; null: those that were named'),
  allEnvironments: z.boolean(),
  roleId: Id,
  role: z.string(),
  namespaces: z.array(z.string()).nullable().describe('null: the whole cluster, or by selector'),
  namespaceSelector: z.string().nullable(),
  note: z.string(),
  expiresAt: Time.nullable(),
  state: z.enum(['active', 'ended']),
  createdAt: Time,
  createdBy: z.string().nullable().describe('The name of the admin, while there is one'),
  bindings: z.array(GrantBinding),
});
export type Grant = z.infer<typeof Grant>;

/**
 * A selector that a person typed, in the form in which it is stored. One that is empty would match
 * everything; that is said in so many words or not at all.
 */
export function Selector(instead: string) {
  return z
    .string()
    .max(MAX_SELECTOR)
    .transform((text, context) => {
      const { selector, problem } = parseSelector(text);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      else if (selector.length === 0) {
        context.addIssue({ code: 'custom', message: `is empty, which would mean all: ${instead}` });
      } else return formatSelector(selector);
      return z.NEVER;
    });
}

export const EnvironmentSelector = Selector('say allEnvironments: true if that is meant');
export const NamespaceSelector = Selector('leave it out if the whole cluster is meant');

/** How many of these are given. */
const given = (...values: readonly unknown[]) =>
  values.filter((value) => value !== undefined && value !== null && value !== false).length;

export const GrantCreate = z
  .strictObject({
    userId: Id.optional(),
    teamId: Id.optional(),
    environmentIds: z.array(Id).min(1).max(1000).optional(),
    environmentSelector: EnvironmentSelector.optional(),
    allEnvironments: z
      .boolean()
      .optional()
      .describe('Every environment, those to come included; takes the place of the other two'),
    roleId: Id.optional(),
    role: z.string().max(100).optional(),
    namespaces: z.array(Namespace).min(1).max(1000).nullable().optional(),
    namespaceSelector: NamespaceSelector.nullable().optional(),
    note: GrantNote.optional(),
    expiresAt: TimeInput.nullable().optional(),
  })
  .refine((g) => given(g.userId, g.teamId) === 1, {
    message: 'needs either userId or teamId',
    path: ['userId'],
  })
  .refine((g) => given(g.environmentIds, g.environmentSelector, g.allEnvironments) === 1, {
    message: 'needs one of environmentIds, environmentSelector or allEnvironments: true',
    path: ['environmentIds'],
  })
  .refine((g) => given(g.roleId, g.role) === 1, {
    message: 'needs either roleId or role',
    path: ['role'],
  })
  .refine((g) => given(g.namespaces, g.namespaceSelector) < 2, {
    message: 'cannot stand beside namespaces: name them or select them',
    path: ['namespaceSelector'],
  });
export type GrantCreate = z.infer<typeof GrantCreate>;

/** What of a grant can be changed; whoever needs another makes a new one. */
export const GrantPatch = z
  .strictObject({ note: GrantNote.optional(), expiresAt: TimeInput.nullable().optional() })
  .refine((patch) => Object.keys(patch).length > 0, 'changes nothing');
export type GrantPatch = z.infer<typeof GrantPatch>;

/** Several grants at once, each ended if it is there. */
export const GrantsEnd = z.strictObject({ ids: z.array(Id).min(1).max(1000) });
export const GrantsEnded = z.object({
  ended: z.array(Id),
  missing: z.array(Id).describe('Had ended otherwise before'),
});

/** Whom and what a grant would reach now. */
export const GrantPreview = z.object({
  environments: z.object({
    total: z.int(),
    items: z
      .array(
        z.object({
          id: Id,
          name: z.string(),
          rbac: z.enum(['managed', 'external']),
          namespaces: z
            .array(z.string())
            .nullable()
            .describe('Those that the namespace selector matches; null: not asked, or not known'),
          message: z.string().nullable().describe('Why they are not known'),
        }),
      )
      .describe('The first hundred by name'),
  }),
  people: z
    .object({ total: z.int(), usernames: z.array(z.string()).describe('The first hundred') })
    .nullable()
    .describe('null: no user or team was named'),
});
export type GrantPreview = z.infer<typeof GrantPreview>;
