import { define } from './entry.ts';

const AGAIN = 'Begin again on the sign-in page.';

/** Sign-in through an OpenID Connect provider. */
export const providerErrors = define({
  'provider.not_set_up': {
    status: 409,
    title: 'No provider',
    message: 'No provider to sign in with is set up here.',
    remedy: 'An admin sets one up under Settings.',
  },
  'provider.discovery_failed': {
    status: 422,
    title: 'Provider not usable',
    message: '{why}',
    remedy: '{how}',
  },
  'provider.secret_needed': {
    status: 422,
    title: 'Client secret needed',
    message:
      'The client secret is kept only while issuer, client and CA stay the same, since it is sent to whoever they name.',
    remedy: 'Give the client secret.',
  },
  'provider.passwords_needed': {
    status: 409,
    title: 'Passwords are for admins only',
    message: 'Without the provider only admins could sign in.',
    remedy: 'Let everybody sign in by a password first.',
  },
  'auth.provider_https_only': {
    status: 403,
    title: 'HTTPS needed',
    message: 'The sign-in through the provider works over HTTPS only.',
    remedy: 'Open {url}.',
  },
  'auth.provider_elsewhere': {
    status: 409,
    title: 'Another address',
    message: 'The provider sends people back to {url}, which is not the address of this page.',
    remedy: 'Sign in at {url}.',
  },
  'auth.provider_unreachable': {
    status: 503,
    title: 'Provider not reached',
    message: 'The provider could not be asked: {why}',
    remedy: 'Try again in a moment. Where it lasts, tell an admin.',
  },
  'auth.provider_expired': {
    status: 400,
    title: 'Sign-in expired',
    message:
      'This browser has no sign-in under way that the answer belongs to: it may have taken longer than 10 minutes, or the settings were changed meanwhile.',
    remedy: AGAIN,
  },
  'auth.provider_mixed_up': {
    status: 400,
    title: 'Another sign-in',
    message:
      'The answer of the provider belongs to another sign-in than the one that this browser has begun last.',
    remedy: AGAIN,
  },
  'auth.provider_used': {
    status: 400,
    title: 'Used already',
    message: 'This answer of the provider was used already.',
    remedy: AGAIN,
  },
  'auth.provider_denied': {
    status: 403,
    title: 'Not let in by the provider',
    message: 'The provider did not let you in, or the sign-in was cancelled there.',
    remedy: 'Begin again, or ask who runs the provider.',
  },
  'auth.provider_error': {
    status: 502,
    title: 'Error of the provider',
    message: 'The provider has answered with the error {error}.',
    remedy: 'Where it comes again, tell an admin: the log of Sallyport says more.',
  },
  'auth.provider_client_refused': {
    status: 502,
    title: 'Client refused',
    message: "The provider does not accept Sallyport's client id and secret.",
    remedy: 'An admin corrects them under Settings.',
  },
  'auth.provider_code_refused': {
    status: 400,
    title: 'Code refused',
    message:
      'The provider does not accept the code of this sign-in: it was used, or it is too old.',
    remedy: AGAIN,
  },
  'auth.provider_clock': {
    status: 502,
    title: 'Clocks apart',
    message: 'By the clock of Sallyport’s machine, what the provider has signed is not valid now.',
    remedy: 'Begin again. Where it comes again, an admin puts the clock right, by NTP.',
  },
  'auth.provider_invalid': {
    status: 502,
    title: 'Answer not valid',
    message: 'The answer of the provider did not stand the checks: {why}.',
    remedy: 'Begin again. Where it comes again, tell an admin.',
  },
  'auth.provider_no_username': {
    status: 403,
    title: 'No username',
    message: 'The provider says no username: its answer has no claim {claim}.',
    remedy: 'An admin corrects the claim for the username under Settings, or the scopes.',
  },
  'auth.provider_username_invalid': {
    status: 403,
    title: 'Username not possible',
    message:
      'The provider calls you “{name}”, which no user can be named here: a name is 1 to 63 letters, digits or . _ @ + -, and begins and ends with a letter or digit.',
    remedy: 'An admin chooses another claim for the username under Settings.',
  },
  'auth.provider_email_unverified': {
    status: 403,
    title: 'Address not verified',
    message: 'The provider has not verified that {name} is your address.',
    remedy: 'Verify it there, then sign in again.',
  },
  'auth.provider_groups_invalid': {
    status: 403,
    title: 'Groups not readable',
    message: 'The claim {claim} of the provider holds no list of group names.',
    remedy: 'An admin corrects the claim for groups under Settings.',
  },
  'auth.provider_groups_missing': {
    status: 403,
    title: 'Too many groups',
    message: 'The provider has left your groups out of its answer since they are too many.',
    remedy: 'An admin has the provider send only the groups that are for Sallyport.',
  },
  'auth.provider_name_taken': {
    status: 403,
    title: 'Name taken',
    message: 'There is a user named {name} here already, who is not known to be you.',
    remedy: 'An admin can say on that user’s page that they sign in through the provider.',
  },
  'auth.provider_unknown': {
    status: 403,
    title: 'No user',
    message: 'The provider knows you as {name}, but there is no such user here.',
    remedy: 'Ask an admin to add you.',
  },
  'auth.provider_not_in_group': {
    status: 403,
    title: 'Not in the group',
    message: 'You are in none of the groups that may come in here.',
    remedy: 'Ask who runs the provider to put you into one.',
  },
  'auth.provider_disabled': {
    status: 403,
    title: 'Disabled',
    message: 'Your user {name} is disabled here.',
    remedy: 'Ask an admin.',
  },
  'auth.password_admins_only': {
    status: 403,
    title: 'Passwords are for admins',
    message: 'Only admins sign in by a password here.',
    remedy: 'Use the button for the provider.',
  },
  'auth.password_needed': {
    status: 403,
    title: 'Password needed',
    message: 'This asks for a password once more, and you have none here.',
    remedy: 'An admin who signs in by a password can do it.',
  },
  'auth.sign_in_lapsed': {
    status: 401,
    title: 'Sign-in through the provider too old',
    message: 'Your sign-in through the provider counted until {time}, so this API token waits.',
    remedy: 'Sign in at Sallyport again: then it works again.',
  },
  'user.by_provider': {
    status: 409,
    title: 'No password',
    message: '{name} signs in through the provider and has no password here.',
    remedy: 'An admin can make them one who signs in by a password.',
  },
  'user.password_needed': {
    status: 422,
    title: 'Password needed',
    message: 'Whoever signs in by a password needs one.',
    remedy: 'Give a password.',
  },
});
