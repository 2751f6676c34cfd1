import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserPatch } from '@sallyport/contract';
import type { Config } from '../config.ts';
import { fail } from '../errors.ts';
import { createPasswords } from '../identity/passwords.ts';
import { noteRemoval, removeFactor } from '../identity/secondFactor/remove.ts';
import { createUsers } from '../identity/users.ts';
import { revokeWhere } from '../kubeconfigs/end.ts';
import type { Logger } from '../log.ts';
import { nameKey } from '../store/names.ts';
import { openStore } from '../store/store.ts';
import { recordOffline } from './offlineAct.ts';

/**
 * Gives a user a new password and takes their second factor away, for whoever may read and write the
 * data anyway: the way in when no admin can sign in any more. A Sallyport that runs on the same data need not be stopped; it hears of
 * the change as of one by another worker. It is written into the audit log, as done by nobody who
 * has signed in. Whoever has signed in through the provider signs in by this password from then on.
 *
 * @param password in plain, checked as the API checks it
 * @returns whether they had a second factor
 * @throws recovery.nothing_here, recovery.no_user, request.invalid, and what opening the data throws
 */
export async function resetPassword(
  config: Config,
  username: string,
  password: string,
  logger: Logger,
): Promise<{ readonly secondFactorRemoved: boolean }> {
  const patch = UserPatch.safeParse({ password });
  if (!patch.success) {
    throw fail('request.invalid', { why: `A password ${patch.error.issues[0]?.message}.` });
  }
  const { dataDir, databaseUrl } = config;
  const path = join(dataDir, 'sallyport.db');
  if (databaseUrl === undefined && !existsSync(path)) throw fail('recovery.nothing_here', { path });
  const store = await openStore({ dataDir, databaseUrl, logger });
  try {
    const users = createUsers({
      store,
      passwords: createPasswords({ concurrency: 1 }),
      revokeKubeconfigs: (tx, userId, at) => revokeWhere(tx, { userId }, at),
    });
    const found = await store.db
      .selectFrom('users')
      .where('username_key', '=', nameKey(username))
      .select(['id', 'username'])
      .executeTakeFirst();
    if (!found) throw fail('recovery.no_user', { username });
    // The way in where it is the provider that nobody gets past.
    await users.update(found.id, { ...patch.data, signIn: 'password' });
    // Whoever has lost the one has mostly lost the other, and nobody is left to remove it.
    const secondFactorRemoved = await store.write(async (tx, changed) => {
      const removed = await removeFactor(tx, changed, found.id);
      if (removed) await noteRemoval(tx, found.id, null, Date.now());
      return removed;
    });
    const object = { resource: 'users', id: String(found.id), name: found.username };
    const details = { password: '[hidden]', secondFactorRemoved };
    await recordOffline(config, 'reset-password', { verb: 'update', object, details }, logger);
    return { secondFactorRemoved };
  } finally {
    await store.close();
  }
}
