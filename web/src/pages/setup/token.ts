import { setupTokenOf } from '../../lib/setup-token.ts';

let taken: string | undefined;

/**
 * Takes the set-up token out of the address bar, so that it is in no history, screenshot or bookmark.
 *
 * @returns the token, also when asked again; undefined where the address had none
 */
export function takeSetupToken(): string | undefined {
  const token = setupTokenOf(location.hash);
  if (token) {
    taken = token;
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return taken;
}
