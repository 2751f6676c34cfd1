const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const EXACT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

const STEPS = [
  { unit: 'year', size: 365 * 86_400, from: 1 },
  // A month is no fixed time: 30 days, say, are clearer as days.
  { unit: 'month', size: 30 * 86_400, from: 2 },
  { unit: 'day', size: 86_400, from: 1 },
  { unit: 'hour', size: 3_600, from: 1 },
  { unit: 'minute', size: 60, from: 1 },
] as const;

/** The part of a unit that may be missing to a moment ahead for it still to count as whole. */
const AHEAD_SLACK = 0.04;

/** @returns such as `22 December 2026`, in the reader's time zone */
export function dayOf(time: Date): string {
  return DAY.format(time);
}

/** @returns such as `14:05`, in the reader's time zone */
export function clockOf(time: Date): string {
  return CLOCK.format(time);
}

/** @returns such as `22 December 2026 at 14:05:09 CET`, in the reader's time zone */
export function exactTime(time: Date): string {
  return EXACT.format(time);
}

/**
 * Says how far a moment is from now, in its largest unit.
 *
 * @returns such as `3 hours ago`, `in 29 days` or, within a minute, `just now`
 */
export function relativeTime(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  // What was made a moment ago to last 30 days ends in 30, not in 29 and some hours.
  const slack = seconds > 0 ? AHEAD_SLACK : 0;
  const countOf = (size: number) => Math.floor(Math.abs(seconds) / size + slack);
  const step = STEPS.find(({ size, from }) => countOf(size) >= from);
  if (!step) return seconds > 0 ? 'in less than a minute' : 'just now';
  const { unit, size } = step;
  const count = countOf(size);
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}

/**
 * Completes "since …": the clock for what began today, the day for what is older.
 *
 * @returns such as `14:05` or `22 December 2026`
 */
export function sinceWords(time: Date, now: Date): string {
  return time.toDateString() === now.toDateString() ? clockOf(time) : dayOf(time);
}
