/**
 * The rules of how long a kubeconfig may live: the same for the server, which holds them, and for
 * the page, which offers only what they allow.
 */
import { formatDuration, MAX_DURATION_MS, parseDuration } from './duration.ts';

/** The settings that decide how long a kubeconfig may live. */
export interface ExpirySettings {
  readonly kubeconfigExpiry: string;
  readonly kubeconfigMaxExpiry: string;
  readonly kubeconfigNoExpiry: boolean;
}

/** Durations, `0` for ever. The default is never longer than the longest. */
export interface ExpiryPolicy {
  readonly default: string;
  readonly longest: string;
}

/**
 * Works out the rules that settings come to.
 *
 * @param settings that {@link expiryConflict} has nothing against; of any others the stricter counts
 */
export function expiryPolicy(settings: ExpirySettings): ExpiryPolicy {
  const { kubeconfigExpiry, kubeconfigMaxExpiry, kubeconfigNoExpiry } = settings;
  const asked = kubeconfigMaxExpiry === 'default' ? kubeconfigExpiry : kubeconfigMaxExpiry;
  const longest = asked === '0' && !kubeconfigNoExpiry ? formatDuration(MAX_DURATION_MS) : asked;
  return { default: shorter(kubeconfigExpiry, longest), longest };
}

/** Whether a life is no longer than another; `0`, for ever, is longer than any. */
export function lastsNoLonger(duration: string, than: string): boolean {
  return lifeOf(duration) <= lifeOf(than);
}

/** What stands against settings; undefined: nothing. */
export type ExpiryConflict = 'no_expiry' | 'longer_than_longest';

/** Says why settings cannot hold together. */
export function expiryConflict(settings: ExpirySettings): ExpiryConflict | undefined {
  const { kubeconfigExpiry, kubeconfigNoExpiry } = settings;
  if (kubeconfigExpiry === '0' && !kubeconfigNoExpiry) return 'no_expiry';
  if (!lastsNoLonger(kubeconfigExpiry, expiryPolicy(settings).longest))
    return 'longer_than_longest';
  return undefined;
}

function shorter(a: string, b: string): string {
  return lastsNoLonger(a, b) ? a : b;
}

function lifeOf(duration: string): number {
  return parseDuration(duration) || Number.POSITIVE_INFINITY;
}
