import {
  durationInWords,
  expiryConflict,
  expiryPolicy,
  parseDuration,
  type Settings,
  SettingsPatch,
} from '@sallyport/contract';
import { fail } from './errors.ts';
import type { Row } from './store/schema.ts';
import { requireProvider } from './store/signInProvider.ts';
import type { Logger, Store } from './store/store.ts';
import {
  checkAuthorities,
  readAuthorities,
  toPem,
  UnusableAuthorities,
} from './tls/authorities.ts';

const DEFAULTS: Settings = {
  kubeconfigExpiry: '720h',
  kubeconfigMaxExpiry: 'default',
  kubeconfigNoExpiry: true,
  kubeconfigIdle: '0',
  kubeconfigsPerUser: 100,
  kubeconfigTrust: 'auto',
  environmentDomain: '',
  kubeconfigCas: '',
  passwordSignIn: 'everybody',
  sessionLifetime: '12h',
  sessionIdle: '2h',
  secondFactor: 'optional',
  auditRetention: '2160h',
  auditMaxEvents: 5_000_000,
  auditMaxBytes: 10_000_000_000,
  auditOverflow: 'wait',
};

export interface SettingsDependencies {
  readonly store: Store;
  readonly logger: Logger;
}

export type SettingsService = Awaited<ReturnType<typeof createSettings>>;

/**
 * What an admin may change while Sallyport runs. A setting without a row has its default, and so
 * has one whose row is broken or was written by a version that allowed more.
 *
 * @returns once they have been read
 */
export async function createSettings({ store, logger }: SettingsDependencies) {
  let current = await read();
  let begun = 0;
  let applied = 0;
  const close = store.onChange((topics) => {
    if (!topics.has('settings')) return;
    refresh().catch((error) => logger.error({ err: error }, 'the settings could not be read'));
  });

  /** Reads the settings anew; what an earlier reading brings later is not put in place. */
  async function refresh(): Promise<Settings> {
    begun += 1;
    const mine = begun;
    const settings = await read();
    if (mine > applied) {
      applied = mine;
      current = settings;
    }
    return settings;
  }

  async function read(db: Pick<Store['db'], 'selectFrom'> = store.db): Promise<Settings> {
    const rows = await db.selectFrom('settings').selectAll().execute();
    return { ...DEFAULTS, ...Object.assign({}, ...rows.map(readRow)) };
  }

  function readRow({ key, value }: Row<'settings'>): Partial<Settings> {
    const patch = SettingsPatch.safeParse({ [key]: parseJson(value) });
    if (patch.success) return patch.data as Partial<Settings>;
    logger.warn({ key }, 'a setting in the database is not usable; its default is used');
    return {};
  }

  return {
    /** The settings in force. */
    get: (): Settings => current,

    /** A setting that is a duration, in milliseconds; 0: for ever. */
    duration(
      name:
        | 'kubeconfigExpiry'
        | 'kubeconfigIdle'
        | 'sessionLifetime'
        | 'sessionIdle'
        | 'auditRetention',
    ): number {
      return parseDuration(current[name]) ?? 0;
    },

    /**
     * Changes the settings that the patch names; the others stay.
     *
     * @returns all of them, in force from now on
     * @throws settings.no_expiry_forbidden, settings.expiry_beyond_longest, settings.cas_refused,
     *   settings.cas_missing
     * @throws settings.no_expiry_forbidden, settings.expiry_beyond_longest, provider.not_set_up
     */
    async update(wanted: SettingsPatch): Promise<Settings> {
      await store.write(async (tx, changed) => {
        const before = await read(tx);
        const patch = withCas(wanted, before);
        checkExpiry({ ...before, ...definedOnly(patch) }, patch);
        checkExpiry({ ...(await read(tx)), ...definedOnly(patch) }, patch);
        // Without a provider, only admins could sign in.
        if (patch.passwordSignIn === 'admins') await requireProvider(tx);
        for (const [key, setting] of Object.entries(patch)) {
          if (setting === undefined) continue;
          const value = JSON.stringify(setting);
          await tx
            .insertInto('settings')
            .values({ key, value })
            .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
            .execute();
        }
        changed('settings');
      });
      return refresh();
    },

    close,
  };
}

/** Whether two settings hold together depends on those that are not changed as well. */
function checkExpiry(settings: Settings, patch: SettingsPatch): void {
  const { kubeconfigExpiry, kubeconfigMaxExpiry, kubeconfigNoExpiry } = patch;
  if ((kubeconfigExpiry ?? kubeconfigMaxExpiry ?? kubeconfigNoExpiry) === undefined) return;
  const conflict = expiryConflict(settings);
  if (conflict === 'no_expiry') throw fail('settings.no_expiry_forbidden');
  if (conflict === 'longer_than_longest') {
    const { longest } = expiryPolicy(settings);
    throw fail('settings.expiry_beyond_longest', {
      default: inWords(settings.kubeconfigExpiry),
      longest: inWords(longest),
    });
  }
}

/**
 * Sees that the CAs can be embedded, and keeps of their text the certificates alone. What stays as it
 * is is not judged again: a CA that has ended since must not stand in the way of other settings.
 */
function withCas(patch: SettingsPatch, before: Settings): SettingsPatch {
  const { kubeconfigTrust = before.kubeconfigTrust, kubeconfigCas = before.kubeconfigCas } = patch;
  const sameTrust = kubeconfigTrust === before.kubeconfigTrust;
  if (sameTrust && kubeconfigCas === before.kubeconfigCas) return patch;
  if (kubeconfigCas.trim() === '') {
    if (kubeconfigTrust === 'given') throw fail('settings.cas_missing');
    return { ...patch, kubeconfigCas: '' };
  }
  if (kubeconfigTrust !== 'given' && kubeconfigCas === before.kubeconfigCas) return patch;
  try {
    const authorities = readAuthorities(kubeconfigCas);
    checkAuthorities(authorities, Date.now());
    return { ...patch, kubeconfigCas: toPem(authorities) };
  } catch (error) {
    if (!(error instanceof UnusableAuthorities)) throw error;
    throw fail('settings.cas_refused', { why: error.message }, error);
  }
}

function inWords(duration: string): string {
  const ms = parseDuration(duration) ?? 0;
  return ms === 0 ? 'no expiry' : durationInWords(ms);
}

function definedOnly(patch: SettingsPatch): Partial<Settings> {
  const defined = Object.entries(patch).filter(([, setting]) => setting !== undefined);
  return Object.fromEntries(defined) as Partial<Settings>;
}

/** Gives null, which no setting may be, where the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
