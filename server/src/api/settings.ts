import { expiryPolicy, type SettingsPatch } from '@sallyport/contract';
import { serverNameOf } from '../environments/serverName.ts';
import { fail } from '../errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** Settings, and what may be known without signing in. */
export function settingsHandlers({
  settings,
  certificate,
  setup,
  provider,
  publicUrlOf,
  version,
  instanceId,
}: ApiDependencies): HandlersOf<'settings'> & Pick<HandlersOf<'system'>, 'system.status'> {
  /** Has the audit log tell which CAs were given, in place of their text. */
  function casIn(patch: SettingsPatch, pem: string): Readonly<Record<string, unknown>> {
    if (patch.kubeconfigCas === undefined) return {};
    const cas = certificate.describeCas(pem);
    return {
      kubeconfigCas: cas.map(({ subject, fingerprint }) => `${subject} (SHA-256 ${fingerprint})`),
    };
  }

  /** @throws settings.domain_not_covered where no kubectl would take the certificate for a new domain */
  function requireCovered({ environmentDomain: domain }: SettingsPatch): void {
    if (domain === undefined || domain === '' || domain === settings.get().environmentDomain)
      return;
    const name = serverNameOf(1, domain);
    if (!certificate.covers(name)) throw fail('settings.domain_not_covered', { domain, name });
  }

  return {
    'settings.get': () => settings.get(),
    'settings.update': async (request) => {
      requireCovered(request.body);
      const saved = await settings.update(request.body);
      if (request.act) request.act.found = casIn(request.body, saved.kubeconfigCas);
      return saved;
    },

    'settings.readCas': ({ body }) => ({ items: certificate.readCas(body.pem) }),

    'settings.tryCas': async (request) => {
      const trial = await certificate.tryCas(request.body.pem, publicUrlOf(request.info));
      const { url, outcome } = trial;
      if (request.act) request.act.found = { url, outcome };
      return trial;
    },

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
