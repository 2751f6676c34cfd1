import { define } from './entry.ts';

/** The second step of sign-in, and what is set up for it. */
export const secondFactorErrors = define({
  'auth.code_needed': {
    status: 401,
    title: 'Code needed',
    message: 'The password is right; this account asks for a code as well.',
    remedy: 'Send the code of your app, or a recovery code, to /api/auth/code.',
  },
  'auth.code_wrong': {
    status: 401,
    title: 'Wrong code',
    message: 'The code is wrong, or was used already: each is good once.',
    remedy: 'Wait for the next one. If it is never right, set the clock of your phone.',
  },
  'auth.begin_again': {
    status: 401,
    title: 'Sign-in not begun',
    message: 'This sign-in has ended: the code must come within 5 minutes and 5 tries.',
    remedy: 'Give your username and password again.',
  },
  'auth.second_factor_due': {
    status: 403,
    title: 'Second factor needed',
    message: 'Sallyport asks you for a second factor, and you have none.',
    remedy: 'Set one up on the page; nothing else is open before.',
  },
  'second_factor.none': {
    status: 409,
    title: 'No second factor',
    message: 'There is no second factor.',
  },
  'second_factor.exists': {
    status: 409,
    title: 'Set up already',
    message: 'There is a second factor already.',
    remedy: 'Switch it off first.',
  },
  'second_factor.not_begun': {
    status: 409,
    title: 'Not begun',
    message: 'There is nothing to confirm: it was begun in another sign-in, or too long ago.',
    remedy: 'Begin again, and scan the new code.',
  },
  'second_factor.no_password': {
    status: 409,
    title: 'No password',
    message: 'The account has no password, and a code is asked beside a password alone.',
  },
  'second_factor.self': {
    status: 409,
    title: 'Yourself',
    message: 'This is your own second factor.',
    remedy: 'Switch it off on your Account page, with your password and a code.',
  },
  'second_factor.unreadable': {
    status: 500,
    title: 'Second factor not readable',
    message: 'What your codes are made from was sealed with another key than the one in use.',
    remedy: 'Sign in with a recovery code, or have an admin remove your second factor.',
  },
});
