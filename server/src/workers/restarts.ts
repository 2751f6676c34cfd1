const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
/** A worker that has run so long was all right; what ended it is not what ended the one before. */
const HEALTHY_MS = 60_000;

/**
 * When to start workers anew: at once, and ever later where they end soon again and again, so that
 * a fault at the start takes neither the processor nor the log.
 */
export function createRestarts() {
  let failures = 0;
  return {
    /**
     * @param ranMs how long the one that ended had run
     * @returns milliseconds until the next one
     */
    delayAfter(ranMs: number): number {
      failures = ranMs < HEALTHY_MS ? failures + 1 : 1;
      if (failures === 1) return 0;
      return Math.min(FIRST_DELAY_MS * 2 ** (failures - 2), LONGEST_DELAY_MS);
    },
  };
}
