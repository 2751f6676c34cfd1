import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Accepted, acceptClock as accept } from '../clock.ts';
import type { Config } from '../config.ts';
import { fail } from '../errors.ts';
import type { Logger } from '../log.ts';
import { openStore } from '../store/store.ts';
import { recordOffline } from './offlineAct.ts';

/**
 * Takes the machine's clock as it is, for whoever may write the data anyway: the way back where the
 * clock was once wrong in the future, and everything has expired by that. A Sallyport that runs on the
 * same data hears of it within a minute, and is to be restarted: pauses after failed sign-ins, say, are
 * counted by the later time as long as it runs. It is written into the audit log.
 *
 * @returns what was ended by it; undefined where the clock is not behind
 * @throws recovery.nothing_here, and what opening the data throws
 */
export async function acceptClock(config: Config, logger: Logger): Promise<Accepted | undefined> {
  const { dataDir, databaseUrl } = config;
  const path = join(dataDir, 'sallyport.db');
  if (databaseUrl === undefined && !existsSync(path)) throw fail('recovery.nothing_here', { path });
  const store = await openStore({ dataDir, databaseUrl, logger });
  try {
    const ended = await accept(store, Date.now());
    if (!ended) return undefined;
    const object = { resource: 'system', id: undefined, name: undefined };
    const details = { ...ended };
    await recordOffline(config, 'accept-clock', { verb: 'acceptClock', object, details }, logger);
    return ended;
  } finally {
    await store.close();
  }
}
