import { define } from './entry.ts';

/** Set-up, sign-in, users and teams. */
export const identityErrors = define({
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
  'metrics.token_required': {
    status: 401,
    title: 'Token needed',
    message: 'The metrics are for whoever has their token, and for admins.',
    remedy:
      "Send what SALLYPORT_METRICS_TOKEN was set to at Sallyport's start, or an admin's API token, as Authorization: Bearer TOKEN.",
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
  'user.self': {
    status: 409,
    title: 'Yourself',
    message: 'This is you; among others, nobody disables or deletes themselves by mistake.',
    remedy: 'Do it on your own row, if you mean it.',
  },
  'user.session_only': {
    status: 403,
    title: 'Session needed',
    message:
      'An API token cannot make an admin, change or remove one, or set how somebody who is there signs in.',
    remedy:
      'Let an admin do it who is signed in. A token may add users, and disable, enable and remove those who are no admins.',
  },
  'session.not_found': {
    status: 404,
    title: 'No such sign-in',
    message: 'There is no sign-in {id}.',
    remedy: 'It may have ended already.',
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
});
