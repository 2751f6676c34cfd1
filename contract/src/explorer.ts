import { z } from 'zod';
import { Id, Time } from './common.ts';

/**
 * What one grant gives one person in one environment, or why it gives nothing.
 *
 * - `in-force`: the proxy passes the person on with it
 * - `external`: it lets them in; inside, the cluster's owner decides, who has been told the names
 * - `ended`: its end is over
 * - `disabled`: the person is disabled
 * - `no-namespace`: no namespace has the labels that it asks for
 * - `unknown`: it is not known which namespaces have these labels, so it gives nothing
 */
export const RightState = z.enum([
  'in-force',
  'external',
  'ended',
  'disabled',
  'no-namespace',
  'unknown',
]);
export type RightState = z.infer<typeof RightState>;

export const AccessRight = z.object({
  grantId: Id,
  role: z.string(),
  meaning: z.string().describe('What the role allows, in words'),
  team: z.string().nullable().describe('Through which team; null: granted to the person'),
  namespaces: z
    .array(z.string())
    .nullable()
    .describe('null: the whole cluster; with a selector those that match now'),
  namespaceSelector: z.string().nullable(),
  expiresAt: Time.nullable(),
  note: z.string(),
  state: RightState,
  why: z.string().nullable().describe('Why it gives nothing, or that the cluster lacks it yet'),
});
export type AccessRight = z.infer<typeof AccessRight>;

export const ExplainedPerson = z.object({
  id: Id,
  username: z.string(),
  disabled: z.boolean(),
  teams: z.array(z.string()),
});
export type ExplainedPerson = z.infer<typeof ExplainedPerson>;

export const ExplainedEnvironment = z.object({
  id: Id,
  name: z.string(),
  rbac: z.enum(['managed', 'external']),
});
export type ExplainedEnvironment = z.infer<typeof ExplainedEnvironment>;

/** Whom the cluster sees, as the proxy sends it. */
const Identity = z.object({ user: z.string(), groups: z.array(z.string()) });

/** What a person can do in one environment. */
export const PersonInEnvironment = z.object({
  environment: ExplainedEnvironment,
  mayEnter: z.boolean(),
  identity: Identity.nullable().describe('null: nothing is passed on'),
  rights: z.array(AccessRight),
});
export type PersonInEnvironment = z.infer<typeof PersonInEnvironment>;

/** What a person can do: the answer to *what can dana do in production?* */
export const PersonAccess = z.object({
  asOf: Time,
  person: ExplainedPerson,
  items: z.array(PersonInEnvironment).describe('Environments that any grant of theirs is for'),
  total: z.int(),
});
export type PersonAccess = z.infer<typeof PersonAccess>;

/** Who can reach a namespace in one environment. */
export const NamespaceInEnvironment = z.object({
  environment: ExplainedEnvironment,
  people: z.array(
    z.object({
      person: ExplainedPerson,
      mayReach: z.boolean().describe('By one of the rights at least'),
      rights: z.array(AccessRight).describe('Those that concern the namespace'),
    }),
  ),
  total: z.int().describe('How many people there are in all'),
  message: z.string().nullable().describe('What is not known'),
});
export type NamespaceInEnvironment = z.infer<typeof NamespaceInEnvironment>;

/** Who can reach a namespace: the answer to *who can reach namespace payments?* */
export const NamespaceAccess = z.object({
  asOf: Time,
  namespace: z.string(),
  items: z
    .array(NamespaceInEnvironment)
    .describe('Environments in which anybody has a grant for it'),
  total: z.int(),
});
export type NamespaceAccess = z.infer<typeof NamespaceAccess>;
