import type { Impersonation } from './kubeClient.ts';

/**
 * The extras that the proxy sends with a request: what ties a cluster's audit event to Sallyport's.
 * Constrained impersonation takes only keys with a prefix of the form of a domain (apiserver,
 * `endpoints/filters/impersonation/mode.go`, validateExtra).
 */
export const KUBECONFIG_EXTRA = 'sallyport/kubeconfig-id';
export const REQUEST_EXTRA = 'sallyport/request-id';
export const EXTRA_KEYS = [KUBECONFIG_EXTRA, REQUEST_EXTRA] as const;

/** Whom connections are tried with: somebody who has no rights, told in every way that people are. */
export const PROBE = {
  user: 'sallyport:probe',
  uid: '00000000-0000-4000-8000-000000000000',
  groups: ['sallyport:probe'],
  extra: { [KUBECONFIG_EXTRA]: ['0'], [REQUEST_EXTRA]: ['probe'] },
} as const satisfies Impersonation;
