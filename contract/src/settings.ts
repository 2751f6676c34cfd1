import { z } from 'zod';
import { Duration, NewPassword, Time } from './common.ts';
import { parseDuration } from './duration.ts';
import { SecondFactorRule } from './secondFactor.ts';

/**
 * What a kubeconfig says about Sallyport's own certificate. `auto` embeds the CA unless the
 * certificate is publicly trusted, `given` embeds those of `kubeconfigCas`, `system` embeds nothing,
 * `insecure` switches verification off.
 */
export const KubeconfigTrust = z.enum(['auto', 'given', 'system', 'insecure']);

/** Ten certificates with room to spare; each environment of a file holds them once more. */
const CaPem = z.string().max(40_000);

/** Whether a text holds a private key in PEM, of whichever kind. */
export function holdsPrivateKey(text: string): boolean {
  return /PRIVATE KEY/i.test(text);
}

/** Who may sign in by a password where there is a provider. */
export const PasswordSignIn = z.enum(['everybody', 'admins']);

/** A session that never ends would outlive every reason it was given for. */
const FiniteDuration = Duration.refine((text) => text !== '0', { message: 'must not be 0' });

/** What happens to requests while the audit log cannot take their events. */
export const AuditOverflow = z.enum(['wait', 'drop']);

const LONGEST = 'The longest life that may be asked for; default: what kubeconfigExpiry says';
const IDLE = 'How long a kubeconfig made from now on may be unused before it ends; 0: for ever';

const DOMAIN =
  'Below it each environment has a name in TLS, environment-ID.DOMAIN, which new kubeconfigs use as their tls-server-name; empty: none has';

/** A DNS name of two labels and more, in lower case: a wildcard below one label is for nobody. */
const EnvironmentDomain = z
  .string()
  .max(200)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+)?$/, {
    message: 'must be a DNS name in lower case, as sallyport.internal, or empty',
  });

export const Settings = z.object({
  kubeconfigExpiry: z
    .string()
    .describe('How long a new kubeconfig lives, unless asked otherwise; 0: for ever'),
  kubeconfigMaxExpiry: z.string().describe(LONGEST),
  kubeconfigNoExpiry: z.boolean().describe('Whether a kubeconfig may live for ever at all'),
  kubeconfigIdle: z.string().describe(IDLE),
  kubeconfigsPerUser: z
    .int()
    .describe('How many live kubeconfigs a user may hold; 0: as many as they like'),
  kubeconfigTrust: KubeconfigTrust,
  environmentDomain: z.string().describe(DOMAIN),
  kubeconfigCas: z.string().describe('PEM of the CAs that kubeconfigTrust=given embeds'),
  passwordSignIn: PasswordSignIn.describe('Who may sign in by a password'),
  sessionLifetime: z.string().describe('How long a sign-in lasts'),
  sessionIdle: z.string().describe('How long a sign-in lasts unused'),
  secondFactor: SecondFactorRule.describe('Who must have a second factor beside their password'),
  auditRetention: z.string().describe('How long an audit event is kept; 0: for ever'),
  auditMaxEvents: z.int().describe('How many audit events are kept at the most'),
  auditMaxBytes: z.int().describe('How many bytes audit events may take; 0: any number'),
  auditOverflow: AuditOverflow.describe(
    'While the audit log is full, requests wait, or their events are counted and dropped',
  ),
});
export type Settings = z.infer<typeof Settings>;

/** A file is not in use day and night, and a use is written down minutes later at the latest. */
const IdleDuration = Duration.refine(
  (text) => text === '0' || (parseDuration(text) ?? 0) >= 86_400_000,
  { message: 'must be 1 day at the least, or 0 for never' },
);

export const SettingsPatch = z.strictObject({
  kubeconfigExpiry: Duration.optional(),
  kubeconfigMaxExpiry: z.union([z.literal('default'), Duration]).optional(),
  kubeconfigNoExpiry: z.boolean().optional(),
  kubeconfigIdle: IdleDuration.optional(),
  kubeconfigsPerUser: z.int().min(0).max(100_000).optional(),
  kubeconfigTrust: KubeconfigTrust.optional(),
  environmentDomain: EnvironmentDomain.optional(),
  kubeconfigCas: CaPem.optional(),
  passwordSignIn: PasswordSignIn.optional(),
  sessionLifetime: FiniteDuration.optional(),
  sessionIdle: FiniteDuration.optional(),
  secondFactor: SecondFactorRule.optional(),
  auditRetention: Duration.optional(),
  auditMaxEvents: z.int().min(10_000).max(1_000_000_000).optional(),
  auditMaxBytes: z
    .int()
    .max(1e15)
    .refine((bytes) => bytes === 0 || bytes >= 10_000_000, {
      message: 'must be 0 for no limit, or 10 MB and more',
    })
    .optional(),
  auditOverflow: AuditOverflow.optional(),
});
export type SettingsPatch = z.infer<typeof SettingsPatch>;

/** CAs to look at or to try, before they are a setting. */
export const CaText = z.strictObject({ pem: CaPem.describe('One CA or several, in PEM') });

/** What Sallyport read in {@link CaText}. */
export const CaList = z.object({
  items: z.array(
    z.object({
      subject: z.string(),
      issuer: z.string(),
      notBefore: Time,
      notAfter: Time,
      fingerprint: z.string().describe('SHA-256'),
      alone: z.boolean().describe('Whether it is no CA: files would trust this one certificate'),
      endsSoon: z.boolean().describe('Whether it has less than 30 days left'),
    }),
  ),
});
export type CaList = z.infer<typeof CaList>;

/** Whether what people meet at the public address verifies with CAs. */
export const CaTrial = z.object({
  url: z.string().describe('The address that a kubeconfig made by this very request would hold'),
  outcome: z.enum(['verified', 'refused', 'unreachable']),
  message: z.string().describe('A sentence for people'),
});
export type CaTrial = z.infer<typeof CaTrial>;

/** What a page needs before anyone has signed in. */
export const PublicSettings = z.object({
  kubeconfigExpiry: z.string(),
  kubeconfigMaxExpiry: z.string().describe('The longest life that may be asked for; 0: for ever'),
  setupRequired: z.boolean(),
  provider: z
    .object({ button: z.string() })
    .nullable()
    .describe('The provider to sign in with; null: there is none'),
  passwordSignIn: PasswordSignIn,
  secure: z.boolean().describe('Whether this very request came over HTTPS'),
  httpsUrl: z.string().describe('Where the same Sallyport is reached over HTTPS'),
  version: z.string(),
});
export type PublicSettings = z.infer<typeof PublicSettings>;

/** What a backup asks for. */
export const BackupRequest = z.strictObject({
  password: z.string().max(1024).describe("The admin's own, asked once more"),
  passphrase: NewPassword.describe('Opens the file; nobody can do so without it'),
});

/** A certificate to serve from now on. */
export const CertificateUpload = z.strictObject({
  password: z.string().max(1024).describe("The admin's own, asked once more"),
  certificate: z
    .string()
    .min(1)
    .max(100_000)
    .describe("PEM: the server's certificate, then each that signed the one before it"),
  key: z.string().min(1).max(20_000).describe('PEM, not encrypted; it is never shown again'),
  anyName: z
    .boolean()
    .optional()
    .describe('Take it although it is not for the name at which people reach Sallyport'),
});

/** Goes back to Sallyport's own certificate. */
export const CertificateReset = z.strictObject({
  password: z.string().max(1024).describe("The admin's own, asked once more"),
});

/** How Sallyport shows who it is, and where it listens. */
export const TlsInfo = z.object({
  source: z
    .enum(['own', 'uploaded', 'operator'])
    .describe("From Sallyport's own CA, an admin's, or the files of --tls-cert and --tls-key"),
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()).describe('Host names and addresses it is for'),
  notBefore: Time,
  notAfter: Time,
  fingerprint: z.string().describe('SHA-256'),
  coversPublicUrl: z.boolean().nullable().describe('null: no public URL is configured'),
  embedded: z.boolean().describe('Whether kubeconfigs have to embed its CA'),
  trustedAlone: z
    .boolean()
    .describe('Whether kubeconfigs trust this one certificate and no CA, and so end with it'),
  httpPort: z.int().nullable().describe('null: there is no HTTP listener'),
  publicUrl: z.string().nullable(),
});
export type TlsInfo = z.infer<typeof TlsInfo>;

/** How the clock of Sallyport's machine stands. */
export const ClockState = z.object({
  behindSeconds: z
    .int()
    .min(0)
    .describe('How far it is behind a time that it has shown before; 0: it is not'),
  seen: Time.describe('The time by which things end'),
});
export type ClockState = z.infer<typeof ClockState>;

export const SystemStatus = z.object({
  version: z.string(),
  setupRequired: z.boolean(),
  instanceId: z.string(),
});
