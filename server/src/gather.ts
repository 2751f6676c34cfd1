import { setTimeout as delay } from 'node:timers/promises';
import type { OpenChannel } from './channel.ts';

export interface GatherOptions<Q, A> {
  readonly openChannel: OpenChannel;
  /** The channel's name. */
  readonly name: string;
  /** How many other processes there are to be. */
  readonly others: number;
  /** What this process answers. */
  readonly answer: (question: Q) => A;
  /** Milliseconds after which nobody is waited for any longer. */
  readonly patienceMs?: number;
}

/** What all processes answered; this one's answer comes first. */
export interface Gathered<A> {
  readonly answers: readonly A[];
  /** How many did not answer. */
  readonly missing: number;
}

type Message<Q, A> =
  | { readonly ask: string; readonly question: Q }
  | { readonly to: string; readonly answer: A };

const PATIENCE_MS = 1_000;
/**
 * A worker that drains still answers, beside the one that has its place: so the number that is
 * waited for may be reached by one too early, and those that come right after are taken as well.
 */
const AFTER_LAST_MS = 20;

/**
 * Asks all processes of a Sallyport on this machine the same.
 *
 * @returns a function that asks, and never rejects; who is busy for too long is counted
 */
export function createGather<Q, A>(options: GatherOptions<Q, A>) {
  const { openChannel, name, others, answer, patienceMs = PATIENCE_MS } = options;
  const channel = openChannel<Message<Q, A>>(name);
  const open = new Map<string, (answer: A) => void>();

  channel.subscribe((message) => {
    if ('ask' in message) channel.publish({ to: message.ask, answer: answer(message.question) });
    else open.get(message.to)?.(message.answer);
  });

  return async function gather(question: Q): Promise<Gathered<A>> {
    const answers = [answer(question)];
    if (others === 0) return { answers, missing: 0 };
    const id = crypto.randomUUID();
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const ending = new AbortController();
    open.set(id, (one) => {
      answers.push(one);
      if (answers.length > others) resolve();
    });
    channel.publish({ ask: id, question });
    const late = delay(patienceMs, undefined, { signal: ending.signal }).catch(() => {});
    await Promise.race([all.then(() => delay(AFTER_LAST_MS)), late]);
    ending.abort();
    open.delete(id);
    return { answers, missing: Math.max(0, others + 1 - answers.length) };
  };
}
