import { IdParam } from '../common.ts';
import {
  CodeRequest,
  Me,
  RecoveryCodes,
  SecondFactor,
  SecondFactorBegin,
  SecondFactorProof,
  SecondFactorSecret,
} from '../secondFactor.ts';
import { define } from './route.ts';

/** One-time codes as a second factor beside the password. None of it can be done by an API token. */
export const secondFactorRoutes = define({
  'auth.code': {
    method: 'POST',
    path: '/api/auth/code',
    access: 'public',
    summary: 'Second step of a sign-in: a code of the app, or a recovery code; sets the cookie',
    body: CodeRequest,
    response: Me,
  },
  'secondFactor.get': {
    method: 'GET',
    path: '/api/second-factor',
    access: 'user',
    sessionOnly: true,
    whileDue: true,
    summary: 'My second factor',
    response: SecondFactor,
  },
  'secondFactor.begin': {
    method: 'POST',
    path: '/api/second-factor/begin',
    access: 'user',
    sessionOnly: true,
    whileDue: true,
    summary: 'Make a secret for an app; it counts once a code of it was given',
    body: SecondFactorBegin,
    response: SecondFactorSecret,
  },
  'secondFactor.confirm': {
    method: 'POST',
    path: '/api/second-factor/confirm',
    access: 'user',
    sessionOnly: true,
    whileDue: true,
    summary: 'Switch the second factor on with a code of the app; ends my other sessions',
    body: CodeRequest,
    response: RecoveryCodes,
  },
  'secondFactor.renewCodes': {
    method: 'POST',
    path: '/api/second-factor/recovery-codes',
    access: 'user',
    sessionOnly: true,
    summary: 'Make new recovery codes; the earlier ones are good no longer',
    body: SecondFactorProof,
    response: RecoveryCodes,
  },
  'secondFactor.off': {
    method: 'POST',
    path: '/api/second-factor/off',
    access: 'user',
    sessionOnly: true,
    status: 204,
    summary: 'Switch the second factor off; ends my other sessions',
    body: SecondFactorProof,
  },
  'users.removeSecondFactor': {
    method: 'DELETE',
    path: '/api/users/:id/second-factor',
    access: 'admin',
    sessionOnly: true,
    status: 204,
    summary: 'Take away somebody’s second factor, as for a lost phone; ends their sessions',
    params: IdParam,
  },
});
