import type { AuditHistogram } from '@sallyport/contract';
import { clockOf, dayOf } from './time.ts';

type Bar = AuditHistogram['bars'][number];

/** A bar as it is drawn: heights are parts of the tallest one, from 0 to 1. */
export interface DrawnBar {
  readonly done: number;
  readonly refused: number;
  readonly failed: number;
}

/** The heights of all bars. What there is stays visible, however little of the tallest it is. */
export function heightsOf(bars: readonly Bar[]): DrawnBar[] {
  const most = Math.max(1, ...bars.map(({ total }) => total));
  const height = (count: number) => (count === 0 ? 0 : Math.max(count / most, 0.03));
  return bars.map(({ total, refused, failed }) => ({
    done: height(total - refused - failed),
    refused: height(refused),
    failed: height(failed),
  }));
}

/** The time of a bar as the filters take it; both ends belong to it. */
export function spanOf({ start }: Bar, widthSeconds: number): { from: string; to: string } {
  const from = new Date(start);
  return {
    from: from.toISOString(),
    to: new Date(from.getTime() + widthSeconds * 1_000 - 1).toISOString(),
  };
}

/** @returns such as `22 December 2026, 14:05`, in the reader's time zone; seconds where they count */
export function startInWords({ start }: Bar, widthSeconds: number): string {
  const time = new Date(start);
  const seconds = widthSeconds < 60 ? `:${String(time.getSeconds()).padStart(2, '0')}` : '';
  return `${dayOf(time)}, ${clockOf(time)}${seconds}`;
}

const UNITS = [
  { unit: 'day', size: 86_400 },
  { unit: 'hour', size: 3_600 },
  { unit: 'minute', size: 60 },
  { unit: 'second', size: 1 },
] as const;

/** @returns such as `5 minutes` or `an hour` */
export function widthInWords(seconds: number): string {
  const { unit, size } = UNITS.find(({ size }) => seconds % size === 0) ?? UNITS[3];
  const count = seconds / size;
  if (count === 1) return unit === 'hour' ? 'an hour' : `a ${unit}`;
  return `${count} ${unit}s`;
}

/** @returns such as `12 events, 3 refused, 1 failed` */
export function countInWords({ total, refused, failed }: Bar): string {
  return [
    `${total.toLocaleString('en')} ${total === 1 ? 'event' : 'events'}`,
    refused && `${refused.toLocaleString('en')} refused`,
    failed && `${failed.toLocaleString('en')} failed`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The bar that a key leads to; undefined for every other key. */
export function barAfter(key: string, index: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === 'ArrowLeft') return Math.max(0, index - 1);
  if (key === 'ArrowRight') return Math.min(count - 1, index + 1);
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return undefined;
}
