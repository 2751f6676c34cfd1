import { define } from './entry.ts';

/** The audit log. */
export const auditErrors = define({
  'audit.unavailable': {
    status: 503,
    title: 'Audit log not available',
    message: 'The audit log cannot be written at the moment, and nothing is done unrecorded.',
    remedy: 'Try again in {seconds} seconds; an admin finds the reason in the log of Sallyport.',
  },
});
