import type { Store, Topic } from './store.ts';

export interface CacheOptions<K, V> {
  readonly store: Pick<Store, 'onChange'>;
  /** Whatever a value was made of: a change to any of them empties the cache. */
  readonly topics: readonly Topic[];
  /** Reads a value; one that is not there is undefined, and is asked for again the next time. */
  readonly load: (key: K) => Promise<V | undefined>;
  /** How many values are kept; the oldest go first. */
  readonly max?: number | undefined;
}

export type Cache<K, V> = ReturnType<typeof createCache<K, V>>;

/**
 * Keeps what was read from the store until it may have changed.
 *
 * A value whose reading began before a change is neither kept nor given to anybody who asks after
 * it, so that a revocation works with the very next request.
 */
export function createCache<K, V>({ store, topics, load, max = 10_000 }: CacheOptions<K, V>) {
  const values = new Map<K, V>();
  const loads = new Map<K, Promise<V | undefined>>();
  const close = store.onChange((changed) => {
    if (!topics.some((topic) => changed.has(topic))) return;
    values.clear();
    loads.clear();
  });

  async function read(key: K): Promise<V | undefined> {
    const loading = load(key);
    loads.set(key, loading);
    try {
      const value = await loading;
      if (value !== undefined && loads.get(key) === loading) keep(key, value);
      return value;
    } finally {
      if (loads.get(key) === loading) loads.delete(key);
    }
  }

  function keep(key: K, value: V): void {
    if (values.size >= max) {
      for (const oldest of values.keys()) {
        values.delete(oldest);
        break;
      }
    }
    values.set(key, value);
  }

  return {
    /** Gives a value, read from the store where it is not known; undefined where there is none. */
    async get(key: K): Promise<V | undefined> {
      return values.get(key) ?? loads.get(key) ?? read(key);
    },
    /** Gives a value where it is known; asks nobody. */
    peek(key: K): V | undefined {
      return values.get(key);
    },
    /** Forgets one value, so that it is read anew. */
    forget(key: K): void {
      values.delete(key);
      loads.delete(key);
    },
    close,
  };
}
