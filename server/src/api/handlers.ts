import { accessHandlers } from './access.ts';
import { auditHandlers } from './audit.ts';
import type { ApiDependencies } from './dependencies.ts';
import { environmentHandlers } from './environments.ts';
import { explorerHandlers } from './explorer.ts';
import { identityHandlers } from './identity.ts';
import { kubeconfigHandlers } from './kubeconfigs.ts';
import { manifestHandlers } from './manifests.ts';
import { providerHandlers } from './provider.ts';
import { resourceHandlers } from './resources.ts';
import { roleHandlers } from './roles.ts';
import type { Handlers } from './route.ts';
import { secondFactorHandlers } from './secondFactor.ts';
import { sessionHandlers } from './sessions.ts';
import { settingsHandlers } from './settings.ts';
import { signInHandlers } from './signin.ts';
import { streamHandlers } from './streams.ts';
import { systemHandlers } from './system.ts';
import { tokenHandlers } from './tokens.ts';

/** Every handler of the REST API; what the contract has and this lacks does not compile. */
export function handlers(dependencies: ApiDependencies): Handlers {
  return {
    ...signInHandlers(dependencies),
    ...providerHandlers(dependencies),
    ...identityHandlers(dependencies),
    ...secondFactorHandlers(dependencies),
    ...environmentHandlers(dependencies),
    ...manifestHandlers(dependencies),
    ...roleHandlers(dependencies),
    ...resourceHandlers(dependencies),
    ...accessHandlers(dependencies),
    ...explorerHandlers(dependencies),
    ...kubeconfigHandlers(dependencies),
    ...sessionHandlers(dependencies),
    ...tokenHandlers(dependencies),
    ...auditHandlers(dependencies),
    ...settingsHandlers(dependencies),
    ...systemHandlers(dependencies),
    ...streamHandlers(dependencies),
  };
}
