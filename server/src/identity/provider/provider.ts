import { createHash } from 'node:crypto';
import type { SignInProvider, SignInProviderInput } from '@sallyport/contract';
import { noChannel, type OpenChannel } from '../../channel.ts';
import { fail, SallyportError } from '../../errors.ts';
import type { Logger, Store } from '../../store/store.ts';
import { isUniqueViolation } from '../../store/violations.ts';
import { createAttempts } from '../attempts.ts';
import { networkOf } from '../signInLimits.ts';
import { type Admission, admit } from './accounts.ts';
import { type Newcomer, readNewcomer } from './claims.ts';
import { createProviderClient, type ProviderClient } from './client.ts';
import { createProviderConfig, type ProviderConfig } from './config.ts';
import type { Sealing } from './sealing.ts';
import { answeredError, type Explain } from './trouble.ts';
import { createUnderWay, type UnderWay } from './underWay.ts';

export interface ProviderDependencies {
  readonly store: Store;
  /** For the client secret. */
  readonly vault: Sealing;
  /** For cookies, which anybody may have made any number of: under a key of their own. */
  readonly cookies: Sealing;
  readonly explain: Explain;
  readonly logger: Logger;
  /** To the processes that count attempts together. */
  readonly openChannel?: OpenChannel;
  readonly now?: () => number;
}

/** What comes back from the provider by way of the browser. */
export interface ProviderAnswer {
  /** The parameters, as the provider has written them. */
  readonly answer: string;
  /** The cookie of the sign-in under way, if the browser sent one. */
  readonly cookie: string | undefined;
  /** Where it comes from: an IP address. */
  readonly address: string;
}

/** Somebody who has come in. */
export interface Arrival extends Admission {
  readonly returnTo: string;
  /** How long their sign-in counts, in milliseconds; 0: for ever. */
  readonly countsFor: number;
}

/** Tells the audit log who it was, as soon as that is known: also of those who are refused. */
export type Note = (facts: Readonly<Record<string, unknown>>) => void;

const MINUTE = 60_000;
/** Answers that turn out wrong, of one address. */
const ANSWERS = {
  ...{ free: 50, firstWaitMs: MINUTE / 2 },
  ...{ longestWaitMs: 15 * MINUTE, forgetMs: 15 * MINUTE },
};

export type Provider = ReturnType<typeof createProvider>;

/** Sign-in through an OpenID Connect provider: the authorization code flow with PKCE. */
export function createProvider({
  store,
  vault,
  cookies,
  explain,
  logger,
  openChannel = noChannel,
  now = Date.now,
}: ProviderDependencies) {
  const config = createProviderConfig(store, vault);
  const sealed = createUnderWay(cookies, now);
  const attempts = createAttempts(ANSWERS, now, openChannel('attempts of answers'));
  let current: { readonly of: string; readonly client: ProviderClient } | undefined;

  /** The client of the provider that is set up; made anew where its settings have changed. */
  function clientOf({ issuer, clientId, clientSecret, ca }: ProviderConfig): ProviderClient {
    const of = JSON.stringify([issuer, clientId, clientSecret, ca]);
    if (current?.of === of) return current.client;
    const former = current?.client;
    current = {
      of,
      client: createProviderClient({ issuer, clientId, clientSecret, ca }, explain, now),
    };
    void former?.close();
    return current.client;
  }

  async function required(): Promise<ProviderConfig> {
    const found = await config.get();
    if (!found) throw fail('provider.not_set_up');
    return found;
  }

  /** An answer counts once, whichever process it comes to. @throws auth.provider_used */
  async function use({ state, expiresAt }: UnderWay): Promise<void> {
    const state_hash = createHash('sha256').update(state).digest('hex');
    try {
      await store.write(async (tx) => {
        await tx.deleteFrom('provider_answers').where('expires_at', '<=', now()).execute();
        await tx
          .insertInto('provider_answers')
          .values({ state_hash, expires_at: expiresAt })
          .execute();
      });
    } catch (error) {
      if (isUniqueViolation(error)) throw fail('auth.provider_used');
      throw error;
    }
  }

  async function identify(
    settings: ProviderConfig,
    answer: URLSearchParams,
    underWay: UnderWay,
    note: Note,
  ): Promise<Newcomer> {
    const names = { username: settings.usernameClaim, groups: settings.groupsClaim };
    const needed = [names.username, ...(names.groups === null ? [] : [names.groups])];
    const { issuer, subject, claims } = await clientOf(settings).identify(answer, underWay, needed);
    note({ issuer, subject });
    return readNewcomer(issuer, subject, claims, names);
  }

  async function receive({ answer, cookie }: ProviderAnswer, note: Note): Promise<Arrival> {
    const settings = await required();
    const underWay = cookie === undefined ? undefined : sealed.read(settings, cookie);
    if (!underWay) throw fail('auth.provider_expired');
    const parameters = new URLSearchParams(answer);
    if (parameters.get('state') !== underWay.state) throw fail('auth.provider_mixed_up');
    await use(underWay);
    const error = parameters.get('error');
    if (error !== null) throw answeredError(error);
    const newcomer = await identify(settings, parameters, underWay, note);
    const { issuer, subject, username } = newcomer;
    note({ issuer, subject, username });
    const admission = await admit(store, newcomer, settings, now());
    note({ issuer, subject, ...admission.changes });
    return { ...admission, returnTo: underWay.returnTo, countsFor: settings.countsFor };
  }

  return {
    /** What the sign-in page shows; undefined where no provider is set up. */
    async button(): Promise<string | undefined> {
      return (await config.get())?.button;
    },

    view: config.view,
    remove: config.remove,

    /**
     * Sets up a provider, once it has said who it is.
     *
     * @throws provider.discovery_failed, provider.secret_needed, team.not_found
     */
    async save(input: SignInProviderInput): Promise<SignInProvider> {
      const wanted = await config.complete(input);
      const trial = createProviderClient(wanted, explain, now);
      let issuer: string;
      try {
        issuer = await trial.check();
      } finally {
        await trial.close();
      }
      await config.save({ ...wanted, issuer });
      const saved = await config.view();
      if (!saved) throw fail('provider.not_set_up');
      return saved;
    },

    /**
     * Begins a sign-in.
     *
     * @param redirectUri where the provider is to send the browser back to
     * @param returnTo a path of the page
     * @returns the address at the provider, and what to give the browser as a cookie
     * @throws provider.not_set_up, auth.provider_unreachable
     */
    async begin(
      redirectUri: string,
      returnTo: string,
    ): Promise<{ readonly url: string; readonly cookie: string }> {
      const settings = await required();
      const begun = sealed.begin(settings, redirectUri, returnTo);
      const url = await clientOf(settings).authorizationUrl(begun.underWay, settings.scopes);
      return { url, cookie: begun.sealed };
    },

    /**
     * Ends a sign-in: the person is the user whom the provider says, or is refused with a reason.
     *
     * @throws auth.provider_*, auth.rate_limited, provider.not_set_up
     */
    async finish(given: ProviderAnswer, note: Note): Promise<Arrival> {
      const network = networkOf(given.address);
      const wait = attempts.waitMs(network);
      if (wait > 0) throw fail('auth.rate_limited', { seconds: Math.ceil(wait / 1000) });
      attempts.begin(network);
      try {
        const arrival = await receive(given, note);
        attempts.giveBack(network);
        return arrival;
      } catch (error) {
        const code = error instanceof SallyportError ? error.code : undefined;
        // The codes alone: what the library throws holds what the browser brought.
        if (code) logger.warn({ code }, 'a sign-in through the provider was refused');
        throw error;
      }
    },

    async close(): Promise<void> {
      config.close();
      await current?.client.close();
    },
  };
}
