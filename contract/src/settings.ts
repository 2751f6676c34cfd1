import { z } from 'zod';
import { Duration } from './common.ts';

/**
 * What a kubeconfig says about Sallyport's own certificate. `auto` embeds the CA unless the
 * certificate is publicly trusted, `system` embeds nothing, `insecure` switches verification off.
 */
export const KubeconfigTrust = z.enum(['auto', 'system', 'insecure']);

/** A session that never ends would outlive every reason it was given for. */
const FiniteDuration = Duration.refine((text) => text !== '0', { message: 'must not be 0' });

/** What happens to requests while the audit log cannot take their events. */
export const AuditOverflow = z.enum(['wait', 'drop']);

export const Settings = z.object({
  kubeconfigExpiry: z.string().describe('How long a new kubeconfig lives; 0: for ever'),
  kubeconfigTrust: KubeconfigTrust,
  sessionLifetime: z.string().describe('How long a sign-in lasts'),
  sessionIdle: z.string().describe('How long a sign-in lasts unused'),
  auditRetention: z.string().describe('How long an audit event is kept; 0: for ever'),
  auditMaxEvents: z.int().describe('How many audit events are kept at the most'),
  auditOverflow: AuditOverflow.describe(
    'While the audit log is full, requests wait, or their events are counted and dropped',
  ),
});
export type Settings = z.infer<typeof Settings>;

export const SettingsPatch = z.strictObject({
  kubeconfigExpiry: Duration.optional(),
  kubeconfigTrust: KubeconfigTrust.optional(),
  sessionLifetime: FiniteDuration.optional(),
  sessionIdle: FiniteDuration.optional(),
  auditRetention: Duration.optional(),
  auditMaxEvents: z.int().min(10_000).max(1_000_000_000).optional(),
  auditOverflow: AuditOverflow.optional(),
});
export type SettingsPatch = z.infer<typeof SettingsPatch>;

/** What a page needs before anyone has signed in. */
export const PublicSettings = z.object({
  kubeconfigExpiry: z.string(),
  setupRequired: z.boolean(),
  secure: z.boolean().describe('Whether this very request came over HTTPS'),
  httpsUrl: z.string().describe('Where the same Sallyport is reached over HTTPS'),
  version: z.string(),
});
export type PublicSettings = z.infer<typeof PublicSettings>;

export const SystemStatus = z.object({
  version: z.string(),
  setupRequired: z.boolean(),
  instanceId: z.string(),
});
