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

const DEFAULTS: Settings = {
  kubeconfigExpiry: '720h',
  kubeconfigMaxExpiry: 'default',
  kubeconfigNoExpiry: true,
  kubeconfigIdle: '0',
  kubeconfigsPerUser: 100,
  kubeconfigTrust: 'auto',
  passwordSignIn: 'everybody',
  sessionLifetime: '12h',
  sessionIdle: '2h',
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
     * @throws settings.no_expiry_forbidden, settings.expiry_beyond_longest, provider.not_set_up
     */
    async update(patch: SettingsPatch): Promise<Settings> {
      await store.write(async (tx, changed) => {
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
