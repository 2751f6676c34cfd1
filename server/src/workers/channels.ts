import type { OpenChannel } from '../channel.ts';
import type { ChannelMessage } from './messages.ts';

/**
 * The channels of a worker, over its line to the supervisor.
 *
 * @param send gives a message to the supervisor, which passes it on to all other workers
 */
export function createChannels(send: (message: ChannelMessage) => void) {
  const listeners = new Map<string, Set<(message: never) => void>>();

  const open: OpenChannel = <T>(name: string) => ({
    publish: (message: T) => send({ kind: 'channel', name, message }),
    subscribe(listener: (message: T) => void) {
      const ofName = listeners.get(name) ?? new Set();
      listeners.set(name, ofName.add(listener));
      return () => void ofName.delete(listener);
    },
  });

  return {
    open,
    /** Gives what another worker published to those who listen here. */
    deliver({ name, message }: ChannelMessage): void {
      for (const listener of listeners.get(name) ?? []) listener(message as never);
    },
  };
}
