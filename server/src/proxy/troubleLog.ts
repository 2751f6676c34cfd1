import type { ProxyLogger } from './dependencies.ts';

/** How often the log repeats what is wrong with an environment, in milliseconds. */
const TELL_EVERY_MS = 10_000;
/** An environment has few kinds of trouble, so this is a bound and no measure. */
const MAX_KNOWN = 10_000;

/** What is wrong with an environment, as the log tells it. */
export interface Trouble {
  readonly environment: string;
  /** The stable code of what clients are told. */
  readonly code: string;
  readonly why: string;
  /** Of one request that met it. */
  readonly requestId: string;
  readonly err?: unknown;
}

/**
 * Tells the log that requests to an environment fail. Where a cluster is down, every request to it
 * does: the log has the first at once, and then one line in ten seconds with their number, so that
 * it stays readable when it is needed most. The audit log has each of them.
 */
export function createTroubleLog(logger: ProxyLogger, now: () => number) {
  const told = new Map<string, { at: number; untold: number }>();

  return function tell(trouble: Trouble): void {
    const { environment, code } = trouble;
    const key = `${code} ${environment}`;
    const before = told.get(key);
    const at = now();
    if (before && at - before.at < TELL_EVERY_MS) {
      before.untold += 1;
      return;
    }
    if (told.size >= MAX_KNOWN) told.clear();
    told.set(key, { at, untold: 0 });
    const requests = 1 + (before?.untold ?? 0);
    logger.warn({ ...trouble, requests }, 'Requests to an environment fail.');
  };
}

export type TroubleLog = ReturnType<typeof createTroubleLog>;
