import type { Logger } from '../log.ts';

/** The exit code for everything but wrong usage. */
export const FAILED = 1;

/** How long stopping may take beyond the grace of requests before it is given up. */
const STOP_MARGIN_MS = 10_000;

export interface Ending {
  /** Whether the end has begun. */
  readonly begun: () => boolean;
  /** Stops what runs, and then the process. Asked again, it changes nothing. */
  readonly begin: (exitCode: number) => void;
}

/**
 * Ends this process in order: on demand, and after a fault that nothing caught, when nobody knows
 * what state is left, so that it is started anew.
 *
 * @param graceMs milliseconds that requests may still take
 * @param stop stops what runs here; what it leaves is cut off ten seconds after the grace
 */
export function createEnding(stop: () => Promise<void>, graceMs: number, logger: Logger): Ending {
  let begun = false;

  function begin(exitCode: number): void {
    if (begun) return;
    begun = true;
    setTimeout(() => {
      logger.error('Stopping took too long and is given up.');
      process.exit(FAILED);
    }, graceMs + STOP_MARGIN_MS).unref();
    stop().then(
      () => process.exit(exitCode),
      (err) => {
        logger.error({ err }, 'Stopping failed.');
        process.exit(FAILED);
      },
    );
  }

  function crash(err: unknown): void {
    logger.error({ err }, 'A fault that nothing caught ends Sallyport.');
    begin(FAILED);
  }
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  return { begun: () => begun, begin };
}
