import type { OpenChannel } from '../channel.ts';
import { createChannels } from './channels.ts';
import type { ChannelMessage } from './messages.ts';

type Many<N extends number> = N extends 2
  ? [OpenChannel, OpenChannel]
  : [OpenChannel, OpenChannel, OpenChannel];

/** The channels of some processes, all in this one. Messages are cloned, as on their way there. */
export function linkChannels<N extends 2 | 3>(count: N): Many<N> {
  const ends = Array.from({ length: count }, (_, own) =>
    createChannels((message: ChannelMessage) => {
      for (const [n, end] of ends.entries()) if (n !== own) end.deliver(structuredClone(message));
    }),
  );
  return ends.map(({ open }) => open) as Many<N>;
}
