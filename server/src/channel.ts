/**
 * Messages from one process of a Sallyport to all its others, for what need not be stored. Who is
 * not running misses them.
 *
 * @typeParam T what can be cloned: plain objects, lists, maps, sets, no functions
 */
export interface Channel<T> {
  /** Tells all others; not this process itself. */
  publish(message: T): void;
  /** Calls back with what another process tells; returns what ends that. */
  subscribe(listener: (message: T) => void): () => void;
}

/** Opens the channel of a name. All processes run the same code, so one name has one type. */
export type OpenChannel = <T>(name: string) => Channel<T>;

/** The channels of a process that is the only one. */
export const noChannel: OpenChannel = () => ({ publish() {}, subscribe: () => () => {} });
