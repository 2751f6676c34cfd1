/**
 * The registry of everything Sallyport refuses or fails at. Each entry has a stable code, an HTTP
 * status, a sentence that says what happened, and where there is one, a remedy. One entry serves
 * both faces: a Kubernetes `Status` on the proxy, `application/problem+json` on the REST API.
 */

import { accessErrors } from './access.ts';
import { auditErrors } from './audit.ts';
import { backupErrors } from './backup.ts';
import { environmentsErrors } from './environments.ts';
import { identityErrors } from './identity.ts';
import { kubeconfigsErrors } from './kubeconfigs.ts';
import { providerErrors } from './provider.ts';
import { proxyErrors } from './proxy.ts';
import { requestsErrors } from './requests.ts';
import { secondFactorErrors } from './secondFactor.ts';
import { startErrors } from './start.ts';
import { tlsErrors } from './tls.ts';

export type { Entry } from './entry.ts';

/** Every error, by its stable code. */
export const registry = {
  ...requestsErrors,
  ...identityErrors,
  ...secondFactorErrors,
  ...environmentsErrors,
  ...accessErrors,
  ...kubeconfigsErrors,
  ...providerErrors,
  ...proxyErrors,
  ...auditErrors,
  ...backupErrors,
  ...startErrors,
  ...tlsErrors,
};
