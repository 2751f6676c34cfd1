import { fail } from '../errors.ts';
import { UNDER_WAY_MS } from '../identity/provider/underWay.ts';
import { clearUnderWay, readUnderWay, setSession, setUnderWay } from './cookie.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { RequestInfo } from './request.ts';
import type { HandlersOf } from './route.ts';

/** The page that the provider sends browsers back to. */
const CALLBACK = '/signin/callback';

type ProviderHandlers = HandlersOf<'provider'> &
  Pick<HandlersOf<'auth'>, 'auth.providerBegin' | 'auth.providerFinish'>;

/** The provider that people sign in with: its settings, and the sign-in itself. */
export function providerHandlers({
  provider,
  sessions,
  publicUrlOf,
}: Pick<ApiDependencies, 'provider' | 'sessions' | 'publicUrlOf'>): ProviderHandlers {
  const redirectUriAt = (info: RequestInfo) => publicUrlOf(info) + CALLBACK;

  /** Lets go on whom the provider will send back to where they are, with their cookie. */
  function requireOurAddress(info: RequestInfo): void {
    const url = publicUrlOf(info);
    if (!info.secure) throw fail('auth.provider_https_only', { url });
    const { host } = new URL(url);
    if (info.host !== undefined && new URL(`https://${info.host}`).host !== host) {
      throw fail('auth.provider_elsewhere', { url });
    }
  }

  return {
    'auth.providerBegin': async ({ info, body }, reply) => {
      requireOurAddress(info);
      const { url, cookie } = await provider.begin(redirectUriAt(info), body.to ?? '/');
      setUnderWay(reply, cookie, UNDER_WAY_MS);
      return { url };
    },

    'auth.providerFinish': async (request, reply) => {
      const { info, body } = request;
      requireOurAddress(info);
      const { address } = info;
      const given = { answer: body.answer, cookie: readUnderWay(request), address };
      // Whatever becomes of it, it is over.
      clearUnderWay(reply);
      const { user, returnTo, countsFor } = await provider.finish(given, (facts) => {
        if (request.act) request.act.found = { by: 'provider', ...facts };
      });
      const userAgent = request.headers['user-agent'] ?? '';
      const session = { address, userAgent, longest: countsFor };
      setSession(request, reply, await sessions.create(user.id, session));
      return { ...user, secondFactorDue: false, returnTo };
    },

    'provider.get': async ({ info }) => ({
      provider: (await provider.view()) ?? null,
      redirectUri: redirectUriAt(info),
    }),
    'provider.save': ({ body }) => provider.save(body),
    'provider.remove': () => provider.remove(),
  };
}
