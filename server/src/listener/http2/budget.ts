/**
 * How much of something a client may do: so much at once, and so much more with every second. The
 * clock is asked only when what was there at once has been used up.
 */
export class Budget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #filledAt: number;

  constructor(burst: number, perSecond: number, now = performance.now()) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#filledAt = now;
  }

  /** Uses one. @returns false where there is none left */
  use(now?: number): boolean {
    if (this.#left < 1) this.#fill(now ?? performance.now());
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  #fill(now: number): void {
    const earned = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#burst, this.#left + earned);
    this.#filledAt = now;
  }
}
