import { define } from './entry.ts';

/** A certificate that an admin uploads. */
export const tlsErrors = define({
  'tls.upload_configured': {
    status: 409,
    title: 'The certificate is configuration',
    message:
      'Sallyport was started with --tls-cert and --tls-key, so its certificate is not changed here.',
    remedy:
      'Replace those files: they are read again by themselves. Or start it without them, and upload a certificate then.',
  },
  'tls.upload_refused': {
    status: 422,
    title: 'Certificate not usable',
    message: 'The certificate cannot be used: {why}.',
    remedy:
      'Nothing was changed. Give the chain in PEM, the server’s certificate first, and its key without a password.',
  },
  'tls.upload_names': {
    status: 409,
    title: 'For other names',
    message: 'The certificate is for {names}, and people reach Sallyport at {host}.',
    remedy:
      'Clients refuse it there. Give one for that name, or confirm that it is to be used all the same.',
  },
  'tls.uploaded_damaged': {
    status: 500,
    title: 'Uploaded certificate not usable',
    message: '{file} holds the certificate that was uploaded, and is not usable: {why}.',
    remedy:
      "Restore it from a backup, or remove it: the next start uses a certificate of Sallyport's own CA, and a certificate can be uploaded again.",
  },
});
