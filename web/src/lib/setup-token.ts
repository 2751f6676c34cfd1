/**
 * Finds the one-time token in the fragment of the set-up address (`#token=…`).
 *
 * @returns the token, or undefined where there is none
 */
export function setupTokenOf(hash: string): string | undefined {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') || undefined;
}
