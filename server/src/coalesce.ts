/**
 * Wraps work that brings something up to date, so that at most one run is under way and at most one
 * waits, however often it is called.
 *
 * @returns a function whose promise is that of a run which began after the call: what the caller
 *   has changed before is seen by it
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let queued: Promise<T> | undefined;

  function start(): Promise<T> {
    const run: Promise<T> = work().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  }

  return () => {
    if (queued) return queued;
    if (!running) return start();
    queued = running
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        queued = undefined;
        return start();
      });
    return queued;
  };
}
