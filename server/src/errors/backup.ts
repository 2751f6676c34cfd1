import { define } from './entry.ts';

/** Backup and restoring. */
export const backupErrors = define({
  'backup.postgres': {
    status: 409,
    title: 'The data are in PostgreSQL',
    message: 'Sallyport makes backups of a data folder, and this one keeps its data in PostgreSQL.',
    remedy:
      'Use pg_dump for the database, and keep the file key and the folder tls of the data folder with it.',
  },
  'backup.folder_taken': {
    status: 500,
    title: 'Data folder not empty',
    message: '{path} holds data already: {name}.',
    remedy: 'Restore into an empty folder, and name that one with --data-dir.',
  },
  'backup.unreadable': {
    status: 500,
    title: 'Backup not readable',
    message: '{file} cannot be restored: {why}.',
    remedy: 'Nothing was changed. Give the file as it was downloaded, and its passphrase.',
  },
});
