/**
 * The registry of everything Sallyport refuses or fails at. Each entry has a stable code, an HTTP
 * status, a sentence that says what happened, and where there is one, a remedy. One entry serves
 * both faces: a Kubernetes `Status` on the proxy, `application/problem+json` on the REST API.
 */

/** What an error is, whatever the request: see {@link registry}. */
export interface Entry {
  readonly status: number;
  readonly title: string;
  /** What happened. `{name}` is filled from the error's params. */
  readonly message: string;
  readonly remedy?: string;
}

const define = <const T extends Record<string, Entry>>(entries: T): T => entries;

/** Every error, by its stable code. */
export const registry = define({
  // Requests as such
  'request.invalid': {
    status: 400,
    title: 'Invalid request',
    message: '{why}',
  },
  'request.unsupported_media_type': {
    status: 415,
    title: 'Unsupported media type',
    message: 'The body must be JSON.',
    remedy: 'Send it with Content-Type: application/json.',
  },
  'request.too_large': {
    status: 413,
    title: 'Too large',
    message: 'The body is larger than {limit}.',
  },
  'request.cross_origin': {
    status: 403,
    title: 'Cross-origin request',
    message: 'A request that changes something came from another site ({origin}).',
    remedy: 'Use the page that this Sallyport serves, or an API token.',
  },
  'request.not_found': {
    status: 404,
    title: 'Not found',
    message: 'There is nothing at {method} {path}.',
  },
  'request.method_not_allowed': {
    status: 405,
    title: 'Method not allowed',
    message: '{method} is not possible on {path}.',
  },
  'request.target_invalid': {
    status: 400,
    title: 'Invalid request target',
    message: 'The request target is refused: {why}.',
  },
  'request.impersonation_refused': {
    status: 403,
    title: 'Impersonation refused',
    message:
      'The request carries the header {header}. Sallyport says who you are to the cluster; nobody else may.',
    remedy: 'Leave out --as, --as-group, --as-uid and as: in the kubeconfig.',
  },
  'request.malformed': {
    status: 400,
    title: 'Malformed request',
    message: 'What arrived is no valid HTTP request.',
  },
  'request.head_too_large': {
    status: 431,
    title: 'Header too large',
    message: 'The header of the request is larger than {limit}.',
  },
  'request.timeout': {
    status: 408,
    title: 'Request too slow',
    message: 'The request did not arrive in time.',
    remedy: 'Send it again.',
  },
  'request.tls_expected': {
    status: 400,
    title: 'HTTPS expected',
    message: 'This port speaks HTTPS, and the request came over plain HTTP.',
    remedy: 'Open https:// instead of http://.',
  },
  'request.header_invalid': {
    status: 400,
    title: 'Invalid header',
    message: 'The request is refused: {why}.',
  },
  'request.too_many': {
    status: 429,
    title: 'Too many requests',
    message: '{why}',
    remedy: 'Try again in {seconds} seconds.',
  },

  // Set-up and sign-in
  'setup.done': {
    status: 409,
    title: 'Already set up',
    message: 'Sallyport has its first admin already.',
    remedy: 'Sign in.',
  },
  'setup.token_wrong': {
    status: 403,
    title: 'Wrong set-up token',
    message: 'The set-up token is not the one that the first start printed.',
    remedy:
      'Copy the whole line "Set up: …" from the output of the server; a restart prints a new one.',
  },
  'setup.password_file': {
    status: 500,
    title: 'Password file not readable',
    message: 'The password file {path} cannot be read.',
    remedy: 'Correct --admin-password-file.',
  },
  'auth.required': {
    status: 401,
    title: 'Sign-in needed',
    message: 'You are not signed in, or your sign-in has ended.',
    remedy: 'Sign in again.',
  },
  'auth.failed': {
    status: 401,
    title: 'Sign-in failed',
    message: 'The username or the password is wrong.',
  },
  'auth.rate_limited': {
    status: 429,
    title: 'Too many attempts',
    message: 'There were too many failed sign-ins.',
    remedy: 'Wait {seconds} seconds and try again.',
  },
  'auth.token_invalid': {
    status: 401,
    title: 'Invalid API token',
    message: 'The API token is unknown, has expired or was revoked.',
    remedy: 'Make a new one.',
  },
  'auth.wrong_credential': {
    status: 401,
    title: 'Wrong kind of credential',
    message: "A kubeconfig's token is valid on the proxy only, an API token on the REST API only.",
  },
  'auth.admin_only': { status: 403, title: 'Admins only', message: 'Only an admin may do this.' },
  'auth.session_only': {
    status: 403,
    title: 'Session needed',
    message: 'An API token cannot do this; it takes a person who is signed in.',
  },
  'auth.password_wrong': {
    status: 403,
    title: 'Wrong password',
    message: 'The current password is wrong.',
  },

  // Users and teams
  'user.not_found': { status: 404, title: 'No such user', message: 'There is no user {id}.' },
  'user.exists': {
    status: 409,
    title: 'Name taken',
    message: 'There is a user named {name} already (upper and lower case are one).',
  },
  'user.last_admin': {
    status: 409,
    title: 'Last admin',
    message: 'This is the last admin who can sign in.',
    remedy: 'Make somebody else an admin first.',
  },
  'team.not_found': { status: 404, title: 'No such team', message: 'There is no team {id}.' },
  'team.exists': {
    status: 409,
    title: 'Name taken',
    message: 'There is a team named {name} already (upper and lower case are one).',
  },
  'team.member_exists': {
    status: 409,
    title: 'Already a member',
    message: '{name} is in this team already.',
  },
  'team.member_not_found': {
    status: 404,
    title: 'Not a member',
    message: 'User {id} is not in this team.',
  },
  'token.not_found': {
    status: 404,
    title: 'No such token',
    message: 'There is no API token {id}.',
  },

  // Environments
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

  // Grants
  'role.not_found': { status: 404, title: 'No such role', message: 'There is no role {role}.' },
  'grant.not_found': { status: 404, title: 'No such grant', message: 'There is no grant {id}.' },
  'grant.invalid': { status: 422, title: 'Grant not possible', message: '{why}' },

  // Kubeconfigs, as objects
  'kubeconfig.not_found': {
    status: 404,
    title: 'No such kubeconfig',
    message: 'There is no kubeconfig {id}.',
  },
  'kubeconfig.https_only': {
    status: 403,
    title: 'HTTPS needed',
    message: 'A kubeconfig is given out over HTTPS only, since kubectl sends no token over HTTP.',
    remedy: 'Open {url}.',
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

  // The proxy
  'proxy.credential_missing': {
    status: 401,
    title: 'No credential',
    message: 'The request carries no kubeconfig token.',
    remedy: 'Use a kubeconfig downloaded from {url}.',
  },
  'proxy.credential_unknown': {
    status: 401,
    title: 'Unknown kubeconfig',
    message: 'Sallyport does not know this kubeconfig.',
    remedy: 'Download a new one from {url}.',
  },
  'proxy.kubeconfig_expired': {
    status: 401,
    title: 'Kubeconfig expired',
    message: 'This kubeconfig expired at {time}.',
    remedy: 'Download a new one from {url}.',
  },
  'proxy.kubeconfig_revoked': {
    status: 401,
    title: 'Kubeconfig revoked',
    message: 'This kubeconfig was revoked at {time}.',
    remedy: 'Download a new one from {url}.',
  },
  'proxy.user_disabled': {
    status: 401,
    title: 'User disabled',
    message: 'The user {username} is disabled in Sallyport.',
    remedy: 'Ask an admin.',
  },
  'proxy.environment_not_in_kubeconfig': {
    status: 403,
    title: 'Environment not in this kubeconfig',
    message: 'This kubeconfig is not for environment {id}.',
    remedy: 'Download one that covers it from {url}.',
  },
  'proxy.no_access': {
    status: 403,
    title: 'No access',
    message: 'No grant lets {username} enter environment {environment}.',
    remedy: 'Ask an admin for a grant.',
  },
  'proxy.access_unsettled': {
    status: 503,
    title: 'Access is changing',
    message: 'Users, kubeconfigs or grants change faster than they can be checked.',
    remedy: 'Try again in {seconds} seconds.',
  },
  'proxy.https_only': {
    status: 403,
    title: 'HTTPS needed',
    message: 'The proxy answers over HTTPS only.',
    remedy: 'Use the https:// address in the kubeconfig.',
  },
  'proxy.upstream_unreachable': {
    status: 503,
    title: 'Cluster not reachable',
    message: 'The API server of environment {environment} cannot be reached: {why}.',
    remedy: 'Other environments are not affected. Try again shortly.',
  },
  'proxy.upstream_tls': {
    status: 503,
    title: 'Cluster not verified',
    message: 'The API server of environment {environment} could not prove who it is: {why}.',
    remedy: 'An admin must correct the CA of the environment.',
  },
  'proxy.upstream_credential': {
    status: 502,
    title: 'Environment credential refused',
    message: "The API server of environment {environment} refuses Sallyport's own credential.",
    remedy: 'An admin must replace the credential of the environment.',
  },
  'proxy.upstream_broken': {
    status: 502,
    title: 'Bad answer from the cluster',
    message: 'The API server of environment {environment} gave no valid answer: {why}.',
  },
  'proxy.upstream_timeout': {
    status: 504,
    title: 'No answer from the cluster',
    message: 'The API server of environment {environment} gave no answer within {limit} s.',
  },
  'proxy.access_changed': {
    status: 403,
    title: 'Access changed',
    message: 'Your access to environment {environment} has changed, so what was open has ended.',
    remedy: 'Start again; you have what the grants give you now.',
  },
  'proxy.stopping': {
    status: 503,
    title: 'Stopping',
    message: 'Sallyport is stopping.',
    remedy: 'Try again in a moment.',
  },

  // The audit log
  'audit.unavailable': {
    status: 503,
    title: 'Audit log not available',
    message: 'The audit log cannot be written at the moment, and nothing is done unrecorded.',
    remedy: 'Try again in {seconds} seconds; an admin finds the reason in the log of Sallyport.',
  },

  'page.not_built': {
    status: 503,
    title: 'Page not built',
    message: 'The page has not been built; the API and the proxy work.',
    remedy: 'Run npm run build.',
  },

  // Starting: nobody waits for an answer yet, so the status is only a formality
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

  // The store, at start
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

  // The vault, at start
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

  'internal.error': {
    status: 500,
    title: 'Internal error',
    message:
      'Something went wrong inside Sallyport. Its log says more under request id {requestId}.',
  },
});
