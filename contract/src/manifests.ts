import { z } from 'zod';
import { Id } from './common.ts';
import { RbacMode } from './environments.ts';

/** What a cluster's owner wants Sallyport to be able to do there. */
export const OnboardingQuery = z.strictObject({
  rbac: RbacMode.default('managed'),
  customRoles: z
    .stringbool()
    .default(false)
    .describe('managed only: whether custom roles may be granted, which needs escalate and bind'),
  impersonation: z
    .enum(['auto', 'constrained', 'full'])
    .default('auto')
    .describe('constrained: KEP-5284, where the cluster has it on (Kubernetes 1.36 and later)'),
  named: z
    .stringbool()
    .default(false)
    .describe('Only the users and groups of now may be impersonated; apply anew when they change'),
  environmentId: z.coerce
    .number()
    .pipe(Id)
    .optional()
    .describe('With named: those who may enter this environment, with its grants'),
});
export type OnboardingQuery = z.infer<typeof OnboardingQuery>;

/** How a cluster lets Sallyport in. */
export const Onboarding = z.object({
  manifest: z
    .string()
    .describe('YAML: Namespace, ServiceAccount, its token, ClusterRole and ClusterRoleBinding'),
  command: z
    .string()
    .describe('For a POSIX shell with kubectl: applies it and prints a kubeconfig to paste back'),
});
export type Onboarding = z.infer<typeof Onboarding>;
