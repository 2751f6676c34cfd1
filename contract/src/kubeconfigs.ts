import { z } from 'zod';
import { Duration, Id, Time } from './common.ts';

export const KubeconfigState = z.enum(['active', 'expired', 'revoked']);

/** An issued kubeconfig. Its token stands in the file alone. */
export const Kubeconfig = z.object({
  id: Id,
  userId: Id,
  username: z.string(),
  name: z.string(),
  hint: z.string().describe('The last characters of the token, to tell one file from another'),
  environments: z.array(z.object({ id: Id, name: z.string() })),
  state: KubeconfigState,
  createdAt: Time,
  expiresAt: Time.nullable().describe('null: never'),
  revokedAt: Time.nullable(),
  lastUsedAt: Time.nullable(),
  lastUsedFrom: z.string().nullable(),
  lastUsedBy: z.string().nullable().describe("The client's User-Agent"),
});
export type Kubeconfig = z.infer<typeof Kubeconfig>;

export const KubeconfigCreate = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{C}]*$/u, 'must not contain control characters')
    .optional(),
  environmentIds: z.array(Id).max(1000),
  expiresIn: Duration.optional(),
  currentEnvironmentId: Id.optional(),
});
export type KubeconfigCreate = z.infer<typeof KubeconfigCreate>;
