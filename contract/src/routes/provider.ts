import { z } from 'zod';

import { ReturnPath, SignInProvider, SignInProviderInput } from '../provider.ts';
import { Me } from '../secondFactor.ts';
import { define } from './route.ts';

/** Sign-in through an OpenID Connect provider. */
export const providerRoutes = define({
  'auth.providerBegin': {
    method: 'POST',
    path: '/api/auth/provider/begin',
    access: 'public',
    readOnly: true,
    summary: 'Begin a sign-in through the provider; answers where to send the browser',
    body: z.strictObject({ to: ReturnPath.optional() }),
    response: z.object({ url: z.string() }),
  },
  'auth.providerFinish': {
    method: 'POST',
    path: '/api/auth/provider/finish',
    access: 'public',
    summary: 'Sign in with what the provider has answered; sets the session cookie',
    body: z.strictObject({
      answer: z
        .string()
        .max(8000)
        .describe('The parameters that the provider has sent the browser back with'),
    }),
    response: Me.extend({ returnTo: z.string() }),
  },
  'provider.get': {
    method: 'GET',
    path: '/api/sign-in/provider',
    access: 'admin',
    summary: 'The OpenID Connect provider that people sign in with',
    response: z.object({
      provider: SignInProvider.nullable(),
      redirectUri: z.string().describe('To register at the provider'),
    }),
  },
  'provider.save': {
    method: 'PUT',
    path: '/api/sign-in/provider',
    access: 'admin',
    sessionOnly: true,
    summary: 'Set up the provider; it is asked first',
    body: SignInProviderInput,
    response: SignInProvider,
  },
  'provider.remove': {
    method: 'DELETE',
    path: '/api/sign-in/provider',
    access: 'admin',
    sessionOnly: true,
    status: 204,
    summary: 'Sign in by passwords alone from now on',
  },
});
