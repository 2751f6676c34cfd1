import { define } from './entry.ts';

/** Kubeconfigs, as objects. */
export const kubeconfigsErrors = define({
  'kubeconfig.not_found': {
    status: 404,
    title: 'No such kubeconfig',
    message: 'There is no kubeconfig {id}.',
  },
  'kubeconfig.https_only': {
    status: 403,
    title: 'HTTPS needed',
    message: 'A kubeconfig is given out over HTTPS only, since kubectl sends no token over HTTP.',
    remedy:
      'Open {url}. Where a load balancer ends TLS, an admin must name its address with --trusted-proxies.',
  },
  'kubeconfig.nothing_selected': {
    status: 400,
    title: 'Nothing selected',
    message: 'No environment is selected.',
    remedy: 'Select at least one.',
  },
  'kubeconfig.nothing_accessible': {
    status: 403,
    title: 'No environments',
    message: 'There is no environment that you may enter.',
    remedy: 'Ask an admin for a grant.',
  },
  'kubeconfig.ids_invalid': {
    status: 400,
    title: 'Invalid ids',
    message: '{why}',
    remedy: 'Write them like ids=1,2 or ids=[1,2].',
  },
  'kubeconfig.duplicate_environment': {
    status: 400,
    title: 'Selected twice',
    message: 'Environment {id} is selected more than once.',
  },
  'kubeconfig.environment_forbidden': {
    status: 403,
    title: 'Environment forbidden',
    message: 'You may not enter environment {id}.',
    remedy: 'Ask an admin for a grant.',
  },
  'kubeconfig.current_not_selected': {
    status: 400,
    title: 'Current context not selected',
    message: 'Environment {id} is to be the current context but is not selected.',
  },
  'kubeconfig.expiry_too_long': {
    status: 422,
    title: 'Expiry too long',
    message: 'A kubeconfig may last {limit} at the most here.',
    remedy: 'Ask for less, or leave expiresIn out.',
  },
  'kubeconfig.too_many': {
    status: 409,
    title: 'Too many kubeconfigs',
    message: 'A user may hold {limit} live kubeconfigs at the most here.',
    remedy: 'Revoke one that is no longer needed under My kubeconfigs.',
  },
  'kubeconfig.nothing_left': {
    status: 403,
    title: 'No environments left',
    message: 'There is no environment of this kubeconfig that you may still enter.',
    remedy: 'Ask an admin for a grant.',
  },
  'kubeconfig.renewed_already': {
    status: 409,
    title: 'Renewed already',
    message: 'Kubeconfig {id} was renewed at {time}.',
    remedy: 'Renew the newer one, or make another.',
  },
  'kubeconfig.revoked_already': {
    status: 409,
    title: 'Revoked',
    message: 'Kubeconfig {id} was revoked at {time}, and what was revoked is not renewed.',
    remedy: 'Download a new one on the Home page.',
  },
  'kubeconfig.owner_only': {
    status: 403,
    title: 'Not yours',
    message:
      'A kubeconfig is renewed by its owner alone, since the new file holds their credential.',
    remedy: 'Ask the owner to renew it, or revoke it.',
  },
  'settings.cas_refused': {
    status: 422,
    title: 'CAs not usable',
    message: 'Kubeconfigs cannot embed these CAs: {why}.',
    remedy:
      'Nothing was kept. Give the certificate of the CA that signed what people meet at the public address, in PEM; several stand one after another.',
  },
  'settings.cas_missing': {
    status: 422,
    title: 'No CAs given',
    message: 'Kubeconfigs are to embed CAs of your own, and none is given.',
    remedy: 'Give one or more in PEM, or choose another way to verify.',
  },
  'settings.no_expiry_forbidden': {
    status: 422,
    title: 'No expiry is not allowed',
    message: 'The default expiry cannot be "no expiry" while no kubeconfig may live for ever.',
    remedy: 'Choose a default expiry, or allow no expiry.',
  },
  'settings.domain_not_covered': {
    status: 422,
    title: 'No certificate for this domain',
    message:
      'The certificate that Sallyport serves with is not for {name}, so no kubectl would take it for that.',
    remedy:
      "Sallyport's own certificate is for sallyport.internal. With another one, choose a domain that it has as a wildcard, *.{domain}.",
  },
  'settings.expiry_beyond_longest': {
    status: 422,
    title: 'Default longer than the longest',
    message:
      'The default expiry, {default}, is longer than the longest that may be asked for, {longest}.',
    remedy: 'Shorten the default, or raise the longest.',
  },
});
