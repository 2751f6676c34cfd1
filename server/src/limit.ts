/**
 * Bounds how much runs at once.
 *
 * @returns a function that runs work when it is its turn, in the order of the calls, and resolves or
 *   rejects as the work does
 */
export function createLimit(atOnce: number) {
  const waiting: Array<() => void> = [];
  let running = 0;

  return async function limit<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) await new Promise<void>((turn) => waiting.push(turn));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, or becomes free.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
