import { z } from 'zod';
import { Id, Time } from './common.ts';

const Words = z.array(z.string().max(500)).max(200);

/**
 * A rule of Kubernetes RBAC (`rbac.authorization.k8s.io/v1`, PolicyRule). Here only its form; what
 * Kubernetes refuses besides is refused in words by the server.
 */
export const RoleRule = z.strictObject({
  apiGroups: Words.optional().describe('"": the core group; "*": all'),
  resources: Words.optional().describe('As pods or pods/log; "*": all'),
  resourceNames: Words.optional().describe('Only objects of these names; absent: all'),
  verbs: Words,
  nonResourceURLs: Words.optional().describe('Paths that are no objects, as /metrics'),
});
export type RoleRule = z.infer<typeof RoleRule>;

/** Something about a rule that whoever grants the role should know. */
export const RoleWarning = z.object({
  rule: z.int().nullable().describe('Which rule, from 0; null: the role as a whole'),
  level: z
    .enum(['escalation', 'notice'])
    .describe('escalation: it leads to more rights than it names; notice: it may not do as meant'),
  message: z.string(),
});
export type RoleWarning = z.infer<typeof RoleWarning>;

export const Role = z.object({
  id: Id,
  name: z.string(),
  description: z.string(),
  builtin: z.boolean(),
  rules: z.array(RoleRule).nullable().describe("null: the cluster's own ClusterRole of that name"),
  clusterRole: z.string().describe('What the role is called in a cluster'),
  warnings: z.array(RoleWarning),
  grants: z.int().min(0).describe('How many grants name it, those that have ended included'),
  updatedAt: Time,
});
export type Role = z.infer<typeof Role>;

export const RoleName = z
  .string()
  .trim()
  .min(1)
  .max(63)
  .regex(/^[^\p{C}]*$/u, 'must not contain control characters');
const Rules = z.array(RoleRule).min(1, 'needs at least one rule').max(100);

export const RoleCreate = z.strictObject({
  name: RoleName,
  description: z.string().trim().max(500).default(''),
  rules: Rules,
});
export type RoleCreate = z.infer<typeof RoleCreate>;

export const RolePatch = z
  .strictObject({
    name: RoleName.optional(),
    description: z.string().trim().max(500).optional(),
    rules: Rules.optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, 'changes nothing');
export type RolePatch = z.infer<typeof RolePatch>;

/** Rules that may not be whole yet, as somebody writes them. */
export const RoleDraft = z.strictObject({
  name: z.string().max(200).default(''),
  rules: z.array(RoleRule).max(100),
});

/** What a role would be in a cluster. */
export const RolePreview = z.object({
  yaml: z.string().describe('The ClusterRole'),
  problems: z
    .array(z.object({ rule: z.int(), field: z.string(), message: z.string() }))
    .describe('Why Kubernetes would refuse it; empty: it would not'),
  warnings: z.array(RoleWarning),
});
export type RolePreview = z.infer<typeof RolePreview>;

/** Whom and what a change or the end of a role touches. */
export const RoleConsequences = z.object({
  grants: z.int(),
  grantsInForce: z.int(),
  people: z.int().describe('Who have the role by a grant that is in force'),
  environments: z.array(z.object({ id: Id, name: z.string() })),
});
export type RoleConsequences = z.infer<typeof RoleConsequences>;

/** A kind of object that a cluster knows, for completion. */
export const ClusterResource = z.object({
  group: z.string(),
  resource: z.string().describe('With its subresource, as pods/log'),
  kind: z.string(),
  namespaced: z.boolean(),
  verbs: z.array(z.string()),
});
export type ClusterResource = z.infer<typeof ClusterResource>;
