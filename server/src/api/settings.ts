import { expiryPolicy } from '@sallyport/contract';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** Settings, and what may be known without signing in. */
export function settingsHandlers({
  settings,
  setup,
  provider,
  publicUrlOf,
  version,
  instanceId,
}: ApiDependencies): HandlersOf<'settings'> & Pick<HandlersOf<'system'>, 'system.status'> {
  return {
    'settings.get': () => settings.get(),
    'settings.update': ({ body }) => settings.update(body),

    'settings.public': async ({ info }) => ({
      provider: await provider
        .button()
        .then((button) => (button === undefined ? null : { button })),
      passwordSignIn: settings.get().passwordSignIn,
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
