import { parseDuration } from '@sallyport/contract';
import { clockOf, dayOf } from './time.ts';

/** How long an old file may stay good after its renewal. */
export const OVERLAPS = [
  { value: '0', label: 'Not at all' },
  { value: '1h', label: 'For 1 hour' },
  { value: '24h', label: 'For 1 day' },
  { value: '72h', label: 'For 3 days' },
  { value: '168h', label: 'For 7 days' },
] as const;

/**
 * Says until when the old file works: never longer than it would have without a renewal.
 *
 * @param overlap a duration; `0` is not at all
 * @param expiresAt when it would have ended; null: never
 */
export function overlapInWords(overlap: string, expiresAt: string | null, now: Date): string {
  const ms = parseDuration(overlap) ?? 0;
  if (ms === 0) return 'It ends at once, and so does what it has open now.';
  const wanted = now.getTime() + ms;
  const own = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
  const end = new Date(Math.min(wanted, own));
  const until = `Until ${dayOf(end)} at ${clockOf(end)}`;
  return own < wanted ? `${until}, when it would have ended anyway.` : `${until}.`;
}
