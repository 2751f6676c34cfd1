import { randomUUID } from 'node:crypto';
import type { Channel } from '../channel.ts';

/** What processes on one database, on one machine, tell each other of its changes. */
export type PeerMessage =
  | { readonly kind: 'here' | 'gone'; readonly from: string }
  /** Something was committed. `number` is the sender's own, for the answer. */
  | { readonly kind: 'news'; readonly from: string; readonly number: number }
  /** It was read, and all listeners were called. */
  | {
      readonly kind: 'heard';
      readonly from: string;
      readonly to: string;
      readonly number: number;
    };

/**
 * How long a change waits for a process that does not say that it has heard of it, in milliseconds:
 * one that was killed, or one that does nothing at all. It is not waited for again until it speaks.
 */
const PATIENCE_MS = 1_000;

export type Peers = ReturnType<typeof createPeers>;

/**
 * Knows the other processes, and waits until all of them have heard of a change. So whoever is
 * answered that something is revoked can rely on it, whichever worker their next request comes to.
 *
 * @param catchUp reads all that is committed; resolves to false where it could not
 */
export function createPeers(
  channel: Channel<PeerMessage>,
  catchUp: () => Promise<boolean>,
  patience = PATIENCE_MS,
) {
  const from = randomUUID();
  const known = new Set<string>();
  const waiting = new Map<number, { readonly left: Set<string>; readonly done: () => void }>();
  let count = 0;

  function cross(peer: string, number: number): void {
    const wait = waiting.get(number);
    wait?.left.delete(peer);
    if (wait?.left.size === 0) wait.done();
  }

  const unsubscribe = channel.subscribe((message) => {
    const { kind, from: peer } = message;
    if (kind === 'gone') {
      known.delete(peer);
      for (const number of [...waiting.keys()]) cross(peer, number);
      return;
    }
    if (!known.has(peer)) {
      known.add(peer);
      // Who is new knows nobody yet.
      channel.publish({ kind: 'here', from });
    }
    if (kind === 'news') {
      void catchUp().then((done) => {
        if (done) channel.publish({ kind: 'heard', from, to: peer, number: message.number });
      });
    } else if (kind === 'heard' && message.to === from) {
      cross(peer, message.number);
    }
  });
  channel.publish({ kind: 'here', from });

  return {
    /** Tells of what was committed just now. @returns once all others have heard of it */
    tell(): Promise<void> {
      count += 1;
      const number = count;
      const left = new Set(known);
      channel.publish({ kind: 'news', from, number });
      if (left.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(number);
          resolve();
        };
        const timer = setTimeout(() => {
          for (const peer of left) known.delete(peer);
          done();
        }, patience);
        waiting.set(number, { left, done });
      });
    },

    /** Says good-bye, so that nobody waits for this process. */
    close(): void {
      channel.publish({ kind: 'gone', from });
      unsubscribe();
      for (const { done } of [...waiting.values()]) done();
    },
  };
}
