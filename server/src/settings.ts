import { parseDuration, type Settings, SettingsPatch } from '@sallyport/contract';
import type { Row } from './store/schema.ts';
import type { Logger, Store } from './store/store.ts';

const DEFAULTS: Settings = {
  kubeconfigExpiry: '720h',
  kubeconfigTrust: 'auto',
  sessionLifetime: '12h',
  sessionIdle: '2h',
  auditRetention: '2160h',
  auditMaxEvents: 5_000_000,
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

  async function read(): Promise<Settings> {
    const rows = await store.db.selectFrom('settings').selectAll().execute();
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
      name: 'kubeconfigExpiry' | 'sessionLifetime' | 'sessionIdle' | 'auditRetention',
    ): number {
      return parseDuration(current[name]) ?? 0;
    },

    /**
     * Changes the settings that the patch names; the others stay.
     *
     * @returns all of them, in force from now on
     */
    async update(patch: SettingsPatch): Promise<Settings> {
      await store.write(async (tx, changed) => {
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

/** Gives null, which no setting may be, where the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
