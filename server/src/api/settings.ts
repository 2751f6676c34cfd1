import { expiryPolicy } from '@sallyport/contract';
import { serverNameOf } from '../environments/serverName.ts';
import { fail } from '../errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** Settings, and what may be known without signing in. */
export function settingsHandlers({
  certificate,
  settings,
  setup,
  publicUrlOf,
  version,
  instanceId,
}: ApiDependencies): HandlersOf<'settings'> & Pick<HandlersOf<'system'>, 'system.status'> {
  return {
    'settings.get': () => settings.get(),
    'settings.update': ({ body }) => {
      const { environmentDomain: domain } = body;
      if (domain !== undefined && domain !== '' && domain !== settings.get().environmentDomain) {
        const name = serverNameOf(1, domain);
        if (!certificate.covers(name)) throw fail('settings.domain_not_covered', { domain, name });
      }
      return settings.update(body);
    },

    'settings.public': async ({ info }) => ({
      kubeconfigExpiry: settings.get().kubeconfigExpiry,
      kubeconfigMaxExpiry: expiryPolicy(settings.get()).longest,
      setupRequired: await setup.required(),
      secure: info.secure,
      httpsUrl: publicUrlOf(info),
      version,
    }),

    'system.status': async () => ({ version, instanceId, setupRequired: await setup.required() }),
  };
}
