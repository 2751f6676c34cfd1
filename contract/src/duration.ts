/**
 * Durations as Kubernetes writes them: Go's `time.Duration` text (`24h`, `1h30m`, `90s`), and `0`
 * for "never". Days and weeks (`7d`, `2w`) are accepted from people and written back in hours.
 */

const UNIT_MS = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
} as const;
const PART = /(\d+(?:\.\d+)?)(ms|[wdhms])/y;

/** The longest duration accepted: 100 years, in milliseconds. Keeps every date that follows valid. */
export const MAX_DURATION_MS = 36_525 * UNIT_MS.d;

/**
 * Reads a duration.
 *
 * @param text such as `24h`, `1h30m`, `7d` or `0`
 * @returns milliseconds (`0` means never), or `undefined` where the text is no duration, is
 *   negative, is shorter than a second (other than `0`) or longer than {@link MAX_DURATION_MS}
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^0+(ms|[wdhms])?$/.test(trimmed)) return 0;
  let total = 0;
  let at = 0;
  while (at < trimmed.length) {
    PART.lastIndex = at;
    const part = PART.exec(trimmed);
    if (!part) return undefined;
    total += Number(part[1]) * UNIT_MS[part[2] as keyof typeof UNIT_MS];
    at = PART.lastIndex;
  }
  if (at === 0 || !Number.isFinite(total) || total < 1_000 || total > MAX_DURATION_MS)
    return undefined;
  return Math.round(total);
}

/**
 * Writes a duration in its one canonical form: hours, minutes and seconds, none that is zero.
 *
 * @param ms milliseconds; `0` means never
 * @returns such as `720h`, `1h30m` or `0`
 */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0';
  const seconds = Math.round(ms / 1000);
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = seconds % 60;
  return `${h ? `${h}h` : ''}${m ? `${m}m` : ''}${s ? `${s}s` : ''}`;
}

/**
 * Says a duration as a person would.
 *
 * @param ms milliseconds, more than zero
 * @returns such as `30 days`, `1 year`, `1 hour 30 minutes`
 */
export function durationInWords(ms: number): string {
  if (ms % UNIT_MS.d === 0) {
    const days = ms / UNIT_MS.d;
    if (days % 365 === 0) return plural(days / 365, 'year');
    return plural(days, 'day');
  }
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor((seconds % 86_400) / 3600), 'hour'],
    [Math.floor((seconds % 3600) / 60), 'minute'],
    [seconds % 60, 'second'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => plural(count, unit))
    .join(' ');
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
