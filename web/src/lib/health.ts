import type { HealthHistory, HealthPoint } from '@sallyport/contract';

/** One stretch of time as it is drawn; `point` is undefined where nobody looked. */
export interface Slot {
  readonly at: Date;
  readonly point: HealthPoint | undefined;
}

/** Every stretch of a history, those without a look as well, so that gaps keep their place. */
export function slotsOf({ from, to, stepSeconds, points }: HealthHistory): Slot[] {
  const byTime = new Map(points.map((point) => [Date.parse(point.at), point]));
  const slots: Slot[] = [];
  const end = Date.parse(to);
  for (let at = Date.parse(from); at <= end; at += stepSeconds * 1000) {
    slots.push({ at: new Date(at), point: byTime.get(at) });
  }
  return slots;
}

/** A time in which it was down, at least now and then. */
export interface Outage {
  readonly from: Date;
  /** When the last stretch of it ends; that may be ahead. */
  readonly to: Date;
  readonly message: string | null;
  /** Down at every look. */
  readonly whole: boolean;
}

/** The outages of a history, the latest first. Stretches that follow one another are one. */
export function outagesOf(history: HealthHistory): Outage[] {
  const step = history.stepSeconds * 1000;
  const outages: Outage[] = [];
  for (const { at, point } of slotsOf(history)) {
    if (!point || point.looksUp === point.looks) continue;
    const last = outages.at(-1);
    const to = new Date(at.getTime() + step);
    const whole = point.looksUp === 0;
    if (last?.to.getTime() === at.getTime()) {
      const message = point.message ?? last.message;
      outages[outages.length - 1] = { ...last, to, message, whole: last.whole && whole };
    } else {
      outages.push({ from: at, to, message: point.message, whole });
    }
  }
  return outages.reverse();
}

/**
 * Says how much of the time it was up. Never rounds an outage away.
 *
 * @returns such as `Up 99.98 % of the time`, or that nobody has looked yet
 */
export function availabilityInWords(availability: number | null): string {
  if (availability === null) return 'Nobody has looked yet';
  if (availability === 1) return 'Up all the time';
  if (availability === 0) return 'Down all the time';
  const percent = Math.min(99.99, Math.max(0.01, Math.round(availability * 10_000) / 100));
  return `Up ${percent} % of the time`;
}

/** The highest average latency in a history, in milliseconds, as the top of a scale; at least 10. */
export function latencyTop({ points }: HealthHistory): number {
  const top = Math.max(10, ...points.map(({ latencyMs }) => latencyMs ?? 0));
  const size = 10 ** Math.floor(Math.log10(top));
  return [1, 2, 5, 10].map((step) => step * size).find((round) => round >= top) ?? top;
}
