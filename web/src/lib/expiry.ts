import {
  durationInWords,
  type ExpiryPolicy,
  lastsNoLonger,
  type PublicSettings,
  parseDuration,
} from '@sallyport/contract';
import { clockOf, dayOf } from './time.ts';

const DAY_MS = 86_400_000;

/** The lifetimes that people are offered, shortest first; `0` never ends. */
export const COMMON_EXPIRIES = ['24h', '168h', '720h', '8760h', '0'] as const;

/** Lifetimes shorter than a day that are worth offering for one file. */
const SHORT_EXPIRIES = ['1h', '8h'] as const;

/**
 * Says how long a file that is made now will live, and until which date.
 *
 * @param expiry a duration such as `720h`; `0` is for ever
 * @param now the moment at which the file would be made
 * @returns such as `Expires in 30 days, on 22 December 2026` or `This file will not expire`
 */
export function expiryInWords(expiry: string, now: Date): string {
  const ms = parseDuration(expiry);
  if (ms === undefined) return 'Sallyport sets when this file expires';
  if (ms === 0) return 'This file will not expire';
  const end = new Date(now.getTime() + ms);
  // Within two days the hour matters as much as the date.
  const clock = ms < 2 * DAY_MS ? ` at ${clockOf(end)}` : '';
  return `Expires in ${durationInWords(ms)}, on ${dayOf(end)}${clock}`;
}

/** @returns such as `30 days`, or `No expiry`; the text itself where it is no duration */
export function expiryLabel(expiry: string): string {
  const ms = parseDuration(expiry);
  if (ms === undefined) return expiry;
  return ms === 0 ? 'No expiry' : durationInWords(ms);
}

/**
 * The lifetimes to choose from for one file: the default first, then the longest that is allowed and
 * whatever is shorter, longest first.
 */
export function expiryChoices({ default: usual, longest }: ExpiryPolicy): string[] {
  const others = new Set([
    longest,
    ...COMMON_EXPIRIES.toReversed().filter((choice) => lastsNoLonger(choice, longest)),
    ...SHORT_EXPIRIES.toReversed().filter((choice) => lastsNoLonger(choice, longest)),
  ]);
  others.delete(usual);
  // Any length but for ever is allowed: nobody means a hundred years.
  if ((parseDuration(longest) ?? 0) > LONGEST_OFFERED_MS) others.delete(longest);
  return [usual, ...others];
}

/** What the settings that everybody may read allow. */
export function policyOf(settings: PublicSettings): ExpiryPolicy {
  return { default: settings.kubeconfigExpiry, longest: settings.kubeconfigMaxExpiry };
}

/** Ten years, in milliseconds. */
const LONGEST_OFFERED_MS = 3650 * DAY_MS;
