import type { Me } from '@sallyport/contract';
import { useSuspenseQuery } from '@tanstack/react-query';
import { call, queryClient, routeQuery } from './client.ts';

export const meQuery = routeQuery('auth.me');
export const publicSettingsQuery = routeQuery('settings.public');

/** The person who is signed in; for use on pages behind the sign-in. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

/** Makes a fresh start for the person who has just signed in. */
export function signedIn(user: Me): void {
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, user);
}

/** Ends the session on the server and forgets everything that the page knew. */
export async function signOut(): Promise<void> {
  await call('auth.logout');
  queryClient.clear();
}
