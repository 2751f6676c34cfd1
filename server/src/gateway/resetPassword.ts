import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserPatch } from '@sallyport/contract';
import { type Act, createAudit } from '../audit/audit.ts';
import { createSinks } from '../audit/sinks/configured.ts';
import type { Config } from '../config.ts';
import { fail } from '../errors.ts';
import { createPasswords } from '../identity/passwords.ts';
import { createUsers } from '../identity/users.ts';
import { revokeWhere } from '../kubeconfigs/end.ts';
import type { Logger } from '../log.ts';
import { openAuditDatabase } from '../store/auditDatabase.ts';
import { nameKey } from '../store/names.ts';
import { openStore } from '../store/store.ts';
import { sinkConfig } from './sinkConfig.ts';

/**
 * Gives a user a new password, for whoever may read and write the data anyway: the way in when no
 * admin can sign in any more. A Sallyport that runs on the same data need not be stopped; it hears of
 * the change as of one by another worker. It is written into the audit log, as done by nobody who
 * has signed in. Whoever has signed in through the provider signs in by this password from then on.
 *
 * @param password in plain, checked as the API checks it
 * @throws recovery.nothing_here, recovery.no_user, request.invalid, and what opening the data throws
 */
export async function resetPassword(
  config: Config,
  username: string,
  password: string,
  logger: Logger,
): Promise<void> {
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
    await record(config, found, logger);
  } finally {
    await store.close();
  }
}

async function record(
  config: Config,
  { id, username }: { readonly id: number; readonly username: string },
  logger: Logger,
): Promise<void> {
  const { dataDir, databaseUrl } = config;
  const audit = createAudit({
    database: await openAuditDatabase({ dataDir, databaseUrl, logger }),
    sinks: createSinks(sinkConfig(config), logger),
    environmentName: () => undefined,
    ...{ maxAge: () => 0, maxEvents: () => 0, maxBytes: () => 0, overflow: () => 'wait' },
    logger,
  });
  const at = Date.now();
  const act: Act = {
    requestId: randomUUID(),
    ...{ receivedAt: at, at, method: '', uri: '' },
    verb: 'update',
    object: { resource: 'users', id: String(id), name: username },
    person: null,
    by: undefined,
    ...{ address: '', userAgent: 'sallyport reset-password' },
    ...{ status: 200, code: null },
    details: { password: '[hidden]', signIn: 'password' },
  };
  try {
    await audit.act(act);
  } finally {
    await audit.close();
  }
}
