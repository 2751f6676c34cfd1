import { define } from './entry.ts';

/** Backup and restoring. */
export const backupErrors = define({
  'backup.audit_postgres': {
    status: 500,
    title: 'The audit log is in PostgreSQL',
    message: 'A backup takes the audit log along from SQLite only, and this one is in PostgreSQL.',
    remedy: 'Leave out --with-audit, and use pg_dump for the tables whose names begin with audit_.',
  },
  'backup.other_version': {
    status: 500,
    title: 'Data of another version',
    message:
      'The database has not been brought to this version of Sallyport (it lacks {migration}).',
    remedy: 'Make the backup with the version that runs, or start this one first.',
  },
  'backup.damaged': {
    status: 500,
    title: 'Database damaged',
    message: 'The copy of {name} is not sound: {why}.',
    remedy: 'No backup was made. Check the disk, and keep the backups that there are.',
  },
  'backup.passphrase_file': {
    status: 500,
    title: 'Passphrase file not usable',
    message: 'The passphrase cannot be taken from {path}: {why}.',
    remedy: 'Write one line of at least 12 characters into it, and name it by --passphrase-file.',
  },
  'backup.passphrase_exposed': {
    status: 500,
    title: 'Passphrase exposed',
    message: 'Every user of this machine may use {path}, which holds the passphrase of backups.',
    remedy: 'chmod 600 it. Where somebody may have read it, write another passphrase into it.',
  },
  'backup.keep_of_file': {
    status: 500,
    title: 'Nothing to keep',
    message: '--keep counts the backups in a folder, and {path} is to be one file.',
    remedy: 'Name a folder by --to, or leave out --keep.',
  },
  'backup.to_taken': {
    status: 500,
    title: 'File taken',
    message: '{path} is there already, and no backup is written over another file.',
    remedy: 'Name another file, or a folder: there each backup gets a name of its own.',
  },
  'backup.to_unusable': {
    status: 500,
    title: 'Backup not written',
    message: 'No backup can be written to {path}: {why}.',
    remedy: 'Let this user write there, make room, or name another folder with --to.',
  },
  'backup.not_proven': {
    status: 500,
    title: 'Backup not good',
    message: 'The backup was written, and could not be read back: {why}.',
    remedy: 'It was removed, and older ones were kept. Check the disk, and try again.',
  },
  'backup.folder_taken': {
    status: 500,
    title: 'Data folder not empty',
    message: '{path} holds data already: {name}.',
    remedy: 'Restore into an empty folder, and name that one with --data-dir.',
  },
  'backup.database_taken': {
    status: 500,
    title: 'Database not empty',
    message: 'The PostgreSQL database holds data of Sallyport already.',
    remedy: 'Restore into an empty database, and name that one with DATABASE_URL.',
  },
  'backup.unreadable': {
    status: 500,
    title: 'Backup not readable',
    message: '{file} cannot be restored: {why}.',
    remedy: 'Nothing was changed. Give the file as it was downloaded, and its passphrase.',
  },
});
