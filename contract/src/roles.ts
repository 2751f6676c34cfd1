import { z } from 'zod';
import { Id } from './common.ts';

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

export const Role = z.object({
  id: Id,
  name: z.string(),
  description: z.string(),
  builtin: z.boolean(),
});
export type Role = z.infer<typeof Role>;
