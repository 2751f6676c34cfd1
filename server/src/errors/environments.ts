import { define } from './entry.ts';

/** Environments. */
export const environmentsErrors = define({
  'environment.not_found': {
    status: 404,
    title: 'No such environment',
    message: 'There is no environment {id}.',
    remedy: 'It may have been removed. See the Home page for those you may enter.',
  },
  'environment.exists': {
    status: 409,
    title: 'Name taken',
    message: 'There is an environment named {name} already (upper and lower case are one).',
  },
  'environment.kubeconfig_invalid': {
    status: 422,
    title: 'Kubeconfig not usable',
    message: '{why}',
    remedy: '{how}',
  },
  'environment.address_invalid': {
    status: 422,
    title: 'Address not usable',
    message: '{why}',
  },
  'environment.credential_unreadable': {
    status: 422,
    title: 'Credential not readable',
    message: 'The stored credential of {environment} cannot be opened: its row was changed.',
    remedy: 'Give the credential anew.',
  },
  'environment.address_refused': {
    status: 422,
    title: 'Address not allowed',
    message: 'Sallyport does not connect to {server}: {why}.',
    remedy:
      'Give the address of the API server. Where it is there indeed, allow it by --environment-addresses.',
  },
  'environment.unreachable': {
    status: 422,
    title: 'Cluster not reachable',
    message: 'Sallyport cannot reach {server}: {why}.',
    remedy: 'Check the address, and that this machine may connect to it.',
  },
  'environment.tls_failed': {
    status: 422,
    title: 'TLS not verified',
    message: '{server} could not prove who it is: {why}.',
    remedy: "Give the CA that signed the API server's certificate.",
  },
  'environment.credential_refused': {
    status: 422,
    title: 'Credential refused',
    message: '{server} does not accept the credential: {why}.',
    remedy: 'Give a token or a client certificate that is valid now.',
  },
  'environment.not_kubernetes': {
    status: 422,
    title: 'Not a Kubernetes API server',
    message: '{server} answered, but not as a Kubernetes API server does: {why}.',
  },
});
