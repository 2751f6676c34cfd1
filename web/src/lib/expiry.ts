import { durationInWords, parseDuration } from '@sallyport/contract';
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
 * The lifetimes to choose from for one file: the setting's own first, then whatever is shorter.
 *
 * @param setting the setting's duration; `0` is for ever
 */
export function expiryChoices(setting: string): string[] {
  const limit = parseDuration(setting) || Number.POSITIVE_INFINITY;
  const shorter = [
    ...COMMON_EXPIRIES.filter((e) => e !== '0').reverse(),
    ...SHORT_EXPIRIES.toReversed(),
  ];
  return [setting, ...shorter.filter((choice) => (parseDuration(choice) ?? 0) < limit)];
}

/** An end this near, in milliseconds, is worth a warning. */
const SOON_MS = 7 * DAY_MS;

/** Whether something that is still good ends within a week. */
export function endsSoon(end: Date, now: Date): boolean {
  return end.getTime() - now.getTime() < SOON_MS;
}
