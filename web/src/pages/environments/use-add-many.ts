import type { CallInput, CheckedEnvironment } from '@sallyport/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../app/client.ts';

type Body = CallInput<'environments.create'>['body'];

/** What became of one of several environments to add. */
export interface Addition {
  readonly body: Body;
  readonly state: 'waiting' | 'busy' | 'added' | 'failed';
  readonly environment?: CheckedEnvironment;
  readonly error?: unknown;
}

/** A few at a time: each waits for its own cluster, and none for one that is down. */
const AT_ONCE = 4;

/**
 * Adds several environments, each tested by itself. One that fails keeps the others from nothing.
 *
 * @returns `start` with new ones; `retry` for those that failed; how it stands
 */
export function useAddMany() {
  const cache = useQueryClient();
  const [additions, setAdditions] = useState<readonly Addition[]>();

  async function run(all: readonly Addition[]) {
    let now = all;
    const set = (index: number, part: Partial<Addition>) => {
      now = now.map((addition, at) => (at === index ? { ...addition, ...part } : addition));
      setAdditions(now);
    };
    const waiting = all.flatMap(({ state }, index) => (state === 'waiting' ? [index] : []));
    setAdditions(all);
    async function work() {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        const body = now[index]?.body;
        if (!body) continue;
        set(index, { state: 'busy' });
        try {
          const environment = await call('environments.create', { body });
          set(index, { state: 'added', environment });
        } catch (error) {
          set(index, { state: 'failed', error });
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await cache.invalidateQueries({
      predicate: ({ queryKey: [key] }) => String(key).startsWith('environments.'),
    });
  }

  return {
    additions,
    isBusy: additions?.some(({ state }) => state === 'waiting' || state === 'busy') ?? false,
    start: (bodies: readonly Body[]) =>
      void run(bodies.map((body) => ({ body, state: 'waiting' }))),
    retry: () =>
      void run(
        (additions ?? []).map((addition) =>
          addition.state === 'failed' ? { body: addition.body, state: 'waiting' } : addition,
        ),
      ),
  };
}
