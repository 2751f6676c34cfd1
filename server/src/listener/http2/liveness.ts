/** Whether the client of a session is still there, and what it owes: asked now and then, by one clock. */
import type { Limits } from '../limits.ts';

export class Liveness {
  readonly #limits: Limits;
  readonly #since: number;
  #readAt: number;
  #idleSince: number;
  #pingedAt = 0;
  /** When a header block was seen that was not whole yet, and how many there had been. */
  #blockSince: number;
  #blocks = 0;

  /** @param now by `performance.now()`, as everywhere here */
  constructor(limits: Limits, now = performance.now()) {
    this.#limits = limits;
    this.#since = now;
    this.#readAt = now;
    this.#idleSince = now;
    this.#blockSince = now;
  }

  /** Something has come. */
  onRead(): void {
    this.#readAt = performance.now();
  }

  /** The last stream has ended. */
  onIdle(): void {
    this.#idleSince = performance.now();
  }

  /** @param idle whether no stream is open @returns what is to be done; `ping` counts as done */
  next(now: number, idle: boolean): 'close' | 'give up' | 'ping' {
    if (idle && now - this.#idleSince > this.#limits.idleSessionTimeout) return 'close';
    if (this.#pingedAt > 0 && this.#readAt < this.#pingedAt) return 'give up';
    this.#pingedAt = now;
    return 'ping';
  }

  /** Whether the client has had its time for what comes first on a connection. */
  begunLongAgo(now: number): boolean {
    return now - this.#since >= this.#limits.headersTimeout;
  }

  /**
   * Whether one header block has been under way for too long.
   *
   * @param within whether one is under way @param blocks how many were before it
   */
  blockTakesTooLong(now: number, within: boolean, blocks: number): boolean {
    if (!within || blocks !== this.#blocks) {
      this.#blocks = blocks;
      this.#blockSince = now;
    }
    return now - this.#blockSince >= this.#limits.headersTimeout;
  }
}
