import { z } from 'zod';
import { Id, Labels, Time } from './common.ts';

/**
 * Who writes the bindings that grants need inside the cluster: Sallyport (`managed`), or the
 * cluster's owner (`external`), for whom Sallyport only impersonates the user and their teams.
 */
export const RbacMode = z.enum(['managed', 'external']);

/** A display name: any printable text, since names inside a kubeconfig are made from it, not it. */
export const EnvironmentName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}]*$/u, 'must not contain control characters');

export const EnvironmentState = z.enum(['up', 'down', 'unknown']);

/** One thing that the credential of an environment may not do, with what follows from that. */
export const Finding = z.object({
  level: z.enum(['error', 'warning']),
  message: z.string(),
  remedy: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What the person who asks may do in an environment: one entry a (role, scope). */
export const AccessEntry = z.object({
  role: z.string(),
  namespaces: z.array(z.string()).nullable().describe('null: the whole cluster'),
  expiresAt: Time.nullable(),
});

export const Environment = z.object({
  id: Id,
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  rbac: RbacMode,
  server: z.string().nullable().describe("The API server's own URL; admins only"),
  state: EnvironmentState,
  stateSince: Time.nullable(),
  stateMessage: z.string().nullable(),
  checkedAt: Time.nullable(),
  version: z.string().nullable(),
  access: z.array(AccessEntry).describe('What the caller may do there; empty: not enter it'),
  createdAt: Time,
});
export type Environment = z.infer<typeof Environment>;

const base = {
  name: EnvironmentName,
  labels: Labels.default({}),
  rbac: RbacMode.default('managed'),
};
const Pem = z.string().min(1).max(200_000);
const Url = z.url({ protocol: /^https$/, error: 'must be an https:// URL' }).max(2000);

/** A cluster from a kubeconfig (one of its contexts), or from its address, CA and token. */
export const EnvironmentCreate = z.union([
  z.strictObject({
    ...base,
    kubeconfig: z.string().min(1).max(1_000_000),
    context: z.string().max(1000).optional(),
  }),
  z.strictObject({
    ...base,
    server: Url,
    caData: Pem.optional().describe('PEM, or PEM in base64; absent: the public CAs'),
    token: z.string().min(1).max(20_000),
    tlsServerName: z.string().max(253).optional(),
  }),
]);
export type EnvironmentCreate = z.infer<typeof EnvironmentCreate>;

export const EnvironmentPatch = z.strictObject({
  name: EnvironmentName.optional(),
  labels: Labels.optional(),
  rbac: RbacMode.optional(),
  kubeconfig: z.string().min(1).max(1_000_000).optional(),
  context: z.string().max(1000).optional(),
  server: Url.optional(),
  caData: Pem.optional(),
  token: z.string().min(1).max(20_000).optional(),
  tlsServerName: z.string().max(253).optional(),
});
export type EnvironmentPatch = z.infer<typeof EnvironmentPatch>;

/** What a connection test found. */
export const EnvironmentCheck = z.object({
  version: z.string().nullable(),
  findings: z.array(Finding),
});
export type EnvironmentCheck = z.infer<typeof EnvironmentCheck>;
export const CheckedEnvironment = Environment.extend({ check: EnvironmentCheck });
export type CheckedEnvironment = z.infer<typeof CheckedEnvironment>;
