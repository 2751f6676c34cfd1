import { define } from './entry.ts';

/** What a start fails at. Nobody waits for an answer yet, so the status is only a formality. */
export const startErrors = define({
  'config.invalid': {
    status: 500,
    title: 'Configuration refused',
    message: '{problems}',
    remedy: '--help lists every setting.',
  },
  'storage.unwritable': {
    status: 500,
    title: 'Data folder not writable',
    message: 'Sallyport cannot write to {path}: {why}.',
    remedy: 'Let it write there, or choose another folder with --data-dir.',
  },
  'storage.unreadable': {
    status: 500,
    title: 'File not readable',
    message: 'Sallyport cannot read {path}: {why}.',
    remedy: 'Let the user that Sallyport runs as own it, or put a backup in its place.',
  },
  'recovery.nothing_here': {
    status: 500,
    title: 'No data',
    message: 'There is no {path}, so nothing of Sallyport is there.',
    remedy: 'Name its data folder with --data-dir, or its database with DATABASE_URL.',
  },
  'recovery.no_user': {
    status: 500,
    title: 'No such user',
    message: 'There is no user {username}.',
    remedy: 'Check the name, and that these are the right data.',
  },
  'listener.port_taken': {
    status: 500,
    title: 'Port taken',
    message: 'Port {port} of {host} is taken by another program.',
    remedy: 'Stop that program, or choose another port with {option}.',
  },
  'listener.port_forbidden': {
    status: 500,
    title: 'Port forbidden',
    message: 'The system does not let Sallyport listen on port {port}.',
    remedy: 'Choose one above 1023 with {option}, or give it the capability CAP_NET_BIND_SERVICE.',
  },
  'listener.host_unavailable': {
    status: 500,
    title: 'Address not available',
    message: 'This machine has no address {host} to listen on.',
    remedy: 'Choose one that it has with --host; 0.0.0.0 means all.',
  },
  'listener.failed': {
    status: 500,
    title: 'Cannot listen',
    message: 'Sallyport cannot listen on port {port} of {host}: {why}.',
  },
  'tls.authority_damaged': {
    status: 500,
    title: 'CA not usable',
    message: "{file} holds Sallyport's own CA, and is not usable: {why}.",
    remedy:
      'Restore it from a backup. Where there is none, remove it: the next start makes a new CA, and everybody must download a new kubeconfig.',
  },
  'tls.authority_exposed': {
    status: 500,
    title: 'CA key exposed',
    message:
      "{file} holds the key of Sallyport's own CA, and every user of this machine may read it.",
    remedy:
      'chmod 600 it. Where somebody may have read it, remove it: the next start makes a new CA, and everybody must download a new kubeconfig.',
  },
  'tls.certificate_unusable': {
    status: 500,
    title: 'Certificate not usable',
    message: 'The certificate in {file} is not usable: {why}.',
    remedy: 'Give a certificate with its chain by --tls-cert, and its key by --tls-key.',
  },
  'store.data_dir': {
    status: 500,
    title: 'Data directory not usable',
    message: 'The data directory {path} cannot be used: {why}.',
    remedy: 'Name another one with --data-dir, or let this user write there.',
  },
  'store.database_broken': {
    status: 500,
    title: 'Database not usable',
    message: 'The database {path} cannot be opened: {why}.',
    remedy: 'Put a backup in its place.',
  },
  'store.newer': {
    status: 500,
    title: 'Database of a newer version',
    message:
      'The database belongs to a newer version of Sallyport (this one does not know {migration}).',
    remedy: 'Start that version, or restore a backup made before the update.',
  },
  'store.url_invalid': {
    status: 500,
    title: 'Database URL not usable',
    message: 'The database URL is not usable: {why}.',
    remedy: 'Write it like postgres://user:password@host:5432/database.',
  },
  'store.unreachable': {
    status: 500,
    title: 'Database not reachable',
    message: 'The PostgreSQL server at {server} lets nobody in: {why}.',
    remedy: 'Check that it runs, and the database URL.',
  },
  'store.migration_failed': {
    status: 500,
    title: 'Database not updated',
    message: 'The database could not be brought to this version (at {migration}): {why}.',
    remedy: 'Nothing was changed. The version before this one still works with it.',
  },
  'vault.key_exposed': {
    status: 500,
    title: 'Key exposed',
    message:
      '{file} holds the key that seals the credentials of environments, and other users of this machine may read it.',
    remedy:
      'chmod 600 it. Where somebody may have read both it and the database, replace the credentials of the environments.',
  },
  'vault.key_damaged': {
    status: 500,
    title: 'Key not usable',
    message: '{file} should hold 32 bytes in base64, and does not.',
    remedy: 'Restore it from a backup: without it no stored credential can be read.',
  },
  'vault.key_wrong': {
    status: 500,
    title: 'Wrong key',
    message: 'The credentials in the database are sealed with another key than the one given.',
    remedy:
      'Restore the file "key" of the data folder, or set SALLYPORT_SECRET_KEY to the key that was used; all replicas need the same one.',
  },
});
