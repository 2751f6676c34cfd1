import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../store/database.ts';
import { openStore, type Store } from '../store/store.ts';
import { createEnvironments, type Environments } from './environments.ts';
import { openVault } from './vault.ts';

export const silent: Logger = { info() {}, warn() {}, error() {} };

/** Asks again and again, for at most `ms`; then the last answer stands. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  done: (answer: T) => boolean,
  ms = 60_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (done(answer) || Date.now() > end) return answer;
    await sleep(25);
  }
}

/** A registry of its own, on SQLite in a temporary folder. */
export interface TestRegistry {
  readonly store: Store;
  readonly environments: Environments;
  close(): Promise<void>;
}

/** Opens one. `release` is what a reconciler would give. */
export async function openTestRegistry(
  release: (id: number) => Promise<void> = async () => {},
): Promise<TestRegistry> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-environments-'));
  const store = await openStore({ dataDir });
  const vault = openVault(dataDir);
  const environments = createEnvironments({ store, vault, release, logger: silent });
  await environments.start();
  return {
    store,
    environments,
    async close() {
      await environments.stop();
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
