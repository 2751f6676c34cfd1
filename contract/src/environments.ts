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
  level: z
    .enum(['error', 'warning', 'info'])
    .describe('info: nobody is kept from anything; something is not shown, or could be narrower'),
  message: z.string(),
  remedy: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What the person who asks may do in an environment: one entry a (role, scope). */
export const AccessEntry = z.object({
  role: z.string(),
  namespaces: z.array(z.string()).nullable().describe('null: the whole cluster'),
  namespaceSelector: z
    .string()
    .optional()
    .describe('By which labels the namespaces are chosen; `namespaces` are those that match now'),
  expiresAt: Time.nullable(),
});

/** What a cluster's nodes offer to pods, and what of it is in use. */
export const Capacity = z.object({
  nodes: z.int(),
  readyNodes: z.int(),
  cpuCores: z.number().describe('Allocatable, over all nodes'),
  memoryBytes: z.int(),
  cpuCoresUsed: z.number().nullable().describe('null: the cluster has no metrics API'),
  memoryBytesUsed: z.int().nullable(),
  readAt: Time,
});
export type Capacity = z.infer<typeof Capacity>;

export const Environment = z.object({
  id: Id,
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  rbac: RbacMode,
  server: z.string().nullable().describe("The API server's own URL; admins only"),
  state: EnvironmentState,
  stateSince: Time.nullable(),
  stateMessage: z.string().nullable().describe('Why it is down; for admins with all that is known'),
  checkedAt: Time.nullable(),
  version: z.string().nullable(),
  capacity: Capacity.nullable().describe('null: not known, as where nodes may not be listed'),
  access: z.array(AccessEntry).describe('What the caller may do there; empty: not enter it'),
  createdAt: Time,
});
export type Environment = z.infer<typeof Environment>;

/**
 * In which order a list of environments comes: numbers in names count as numbers; by state, what is
 * down comes first, and each state is in the order of names.
 */
export const EnvironmentSort = z.enum(['name', '-name', 'state', '-state']);
export type EnvironmentSort = z.infer<typeof EnvironmentSort>;

/** How many labels a summary names at most. */
export const MAX_SUMMARY_LABELS = 300;

/** How many environments there are, by what one may filter them by. */
export const EnvironmentSummary = z.object({
  total: z.int().min(0),
  states: z.object({ up: z.int(), down: z.int(), unknown: z.int() }),
  labels: z
    .array(z.object({ key: z.string(), value: z.string(), count: z.int() }))
    .describe(`In the order of the alphabet; of more than ${MAX_SUMMARY_LABELS} the commonest`),
});
export type EnvironmentSummary = z.infer<typeof EnvironmentSummary>;

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

/** How far back a history of health may reach. */
export const HealthRange = z.enum(['24h', '7d']);
export type HealthRange = z.infer<typeof HealthRange>;

/** One stretch of an environment's health. */
export const HealthPoint = z.object({
  at: Time.describe('When it begins'),
  looks: z.int().describe('How often Sallyport looked'),
  looksUp: z.int().describe('How often it found the cluster up'),
  latencyMs: z.number().nullable().describe('Of /version, on average; null: never up'),
  latencyMaxMs: z.number().nullable(),
  message: z.string().nullable().describe('Why it was down, when last seen so; admins only'),
});
export type HealthPoint = z.infer<typeof HealthPoint>;

export const HealthHistory = z.object({
  from: Time,
  to: Time,
  stepSeconds: z.int().describe('How long each point lasts; one without a look is left out'),
  points: z.array(HealthPoint),
  availability: z
    .number()
    .nullable()
    .describe('The share of looks that found it up, 0 to 1; null: nobody looked'),
});
export type HealthHistory = z.infer<typeof HealthHistory>;

/** What ends with an environment. */
export const EnvironmentConsequences = z.object({
  grants: z.int().describe('Grants that cover it'),
  grantsEnded: z.int().describe('Those of them that cover nothing else, and end with it'),
  people: z.int().describe('People who may enter it now'),
  kubeconfigs: z.int().describe('Live kubeconfigs that name it'),
});
export type EnvironmentConsequences = z.infer<typeof EnvironmentConsequences>;
