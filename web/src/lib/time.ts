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
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

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
  const distance = Math.abs(seconds);
  const step = STEPS.find(([, size]) => distance >= size);
  if (!step) return seconds > 0 ? 'in less than a minute' : 'just now';
  const [unit, size] = step;
  const count = Math.floor(distance / size);
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
