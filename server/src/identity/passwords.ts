import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, type Options, verify } from '@node-rs/argon2';
import { fail } from '../errors.ts';

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
const ARGON2ID: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** With some 15 ms for each, the last of the queue waits less than a second. */
const MAX_WAITING = 100;

export interface PasswordOptions {
  /** How many are computed at once; each takes 19 MiB and one thread of libuv's pool. */
  readonly concurrency?: number;
  /** How many more may wait. */
  readonly maxWaiting?: number;
}

export type Passwords = ReturnType<typeof createPasswords>;

/**
 * Hashes and verifies passwords with Argon2id, so many at once and no more, since a flood of
 * sign-ins would take all memory, and libuv's threads from file and name look-ups.
 */
export function createPasswords({
  concurrency = Math.min(2, availableParallelism()),
  maxWaiting = MAX_WAITING,
}: PasswordOptions = {}) {
  /** The hash of a password that nobody knows. */
  const nobodys = hash(randomBytes(32), ARGON2ID);
  let running = 0;
  const waiting: Array<() => void> = [];

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      if (waiting.length >= maxWaiting) {
        throw fail('request.too_many', { why: 'Too many people sign in at once.', seconds: 1 });
      }
      // Whoever ends hands the turn over, so nobody who comes later gets in between.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return {
    /**
     * Hashes a new password.
     *
     * @returns a PHC string
     * @throws request.too_many
     */
    hashPassword(password: string): Promise<string> {
      return inTurn(() => hash(password, ARGON2ID));
    },

    /**
     * Checks a password.
     *
     * @param passwordHash null where there is no such user, or no password: the answer is no then,
     *   after the same time, so that the time does not tell which names exist
     * @throws request.too_many
     */
    async verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
      const against = passwordHash ?? (await nobodys);
      const right = await inTurn(() => verify(against, password));
      return right && passwordHash !== null;
    },
  };
}
