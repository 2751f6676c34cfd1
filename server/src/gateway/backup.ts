import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NewPassword } from '@sallyport/contract';
import {
  AUDIT_DATABASE,
  type BackupDependencies,
  createBackup,
  DATABASE,
  removeCopies,
} from '../backup/backup.ts';
import { placeOf, type Written, writeBackup } from '../backup/file.ts';
import { readPassphraseFile } from '../backup/passphrase.ts';
import { restoreBackup } from '../backup/restore.ts';
import type { Config } from '../config.ts';
import { fail } from '../errors.ts';
import type { Logger } from '../log.ts';
import { copyPostgres, copySqlite, fillPostgres, requireVersion } from '../store/copy.ts';
import { makeFolder } from '../tls/files.ts';
import { recordOffline } from './offlineAct.ts';

type Where = Pick<Config, 'dataDir' | 'databaseUrl'>;

/** What the command `backup` was asked for. */
export interface BackupOptions {
  /** A folder, or the file to be. */
  readonly to: string;
  readonly passphraseFile: string;
  /** How many backups are left in the folder; undefined: all. */
  readonly keep: number | undefined;
  readonly withAudit: boolean;
}

/** How the data are copied, wherever they are. The audit log is copied from SQLite only. */
export function copying({ dataDir, databaseUrl }: Where, logger: Logger) {
  return {
    dataDir,
    copyData: (folder) =>
      databaseUrl === undefined
        ? copySqlite(join(dataDir, DATABASE), join(folder, DATABASE))
        : copyPostgres(databaseUrl, folder, logger),
  } satisfies BackupDependencies;
}

/**
 * Makes a backup as a file, for whoever may read the data anyway, whether Sallyport runs or not. It
 * says so in the audit log before the file has its name.
 *
 * @throws recovery.nothing_here, backup.*, and what opening the data throws
 */
export async function backUp(
  config: Config,
  options: BackupOptions,
  logger: Logger,
): Promise<Written> {
  const { dataDir, databaseUrl } = config;
  const passphrase = readPassphraseFile(options.passphraseFile);
  const right = NewPassword.safeParse(passphrase);
  if (!right.success) {
    const why = `the passphrase ${right.error.issues[0]?.message}`;
    throw fail('backup.passphrase_file', { path: options.passphraseFile, why });
  }
  const place = placeOf(options.to);
  if (place.name !== undefined && options.keep !== undefined)
    throw fail('backup.keep_of_file', { path: options.to });
  const path = join(dataDir, DATABASE);
  if (databaseUrl === undefined && !existsSync(path)) throw fail('recovery.nothing_here', { path });
  if (databaseUrl !== undefined && options.withAudit) throw fail('backup.audit_postgres');
  const audit = join(dataDir, AUDIT_DATABASE);
  if (databaseUrl === undefined) {
    requireVersion(path, 'data');
    if (existsSync(audit)) requireVersion(audit, 'audit');
    else if (options.withAudit) throw fail('recovery.nothing_here', { path: audit });
  }
  makeFolder(dataDir);
  removeCopies(dataDir, false);
  const backup = createBackup({
    ...copying(config, logger),
    copyAudit: options.withAudit
      ? (folder) => copySqlite(audit, join(folder, AUDIT_DATABASE))
      : undefined,
  });
  return writeBackup(
    place,
    passphrase,
    (told, write) => backup.give(passphrase, told, write),
    () =>
      recordOffline(
        config,
        'backup',
        {
          verb: 'backup',
          object: { resource: 'system', id: undefined, name: undefined },
          details: { passphrase: '[hidden]', to: options.to, withAudit: options.withAudit },
        },
        logger,
      ),
    options.keep,
  );
}

/**
 * Puts a backup into an empty data folder, and where the data are to be in PostgreSQL, into an empty
 * database.
 *
 * @returns the names of the files in it that were restored
 * @throws backup.unreadable, backup.folder_taken, backup.database_taken, and what opening throws
 */
export function restore(
  { dataDir, databaseUrl }: Where,
  file: string,
  passphrase: string,
  logger: Logger,
): Promise<string[]> {
  const elsewhere =
    databaseUrl === undefined
      ? undefined
      : (path: string) => fillPostgres(path, databaseUrl, logger);
  return restoreBackup(file, passphrase, dataDir, elsewhere);
}
