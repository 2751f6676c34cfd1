import { createGather, type GatherOptions } from './gather.ts';

/** An open stream, as the process has it that it goes through. */
export interface LiveStream {
  readonly requestId: string;
  readonly kubeconfigId: number;
  readonly userId: number;
  readonly username: string;
  readonly environmentId: number;
  readonly environmentName: string;
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly bytesToClient: number;
  readonly bytesFromClient: number;
}

export interface LiveFilter {
  readonly environmentId?: number | undefined;
  readonly userId?: number | undefined;
  /** Part of what a row shows. */
  readonly q?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** Which stream to end. */
export interface LiveEnd {
  readonly requestId: string;
  /** Set: only where it is this user's. */
  readonly userId: number | undefined;
  /** Who ends it. */
  readonly by: string;
}

/** The streams of this process: what the proxy tells and does. */
export interface LocalStreams {
  list(): readonly LiveStream[];
  /** @returns whether it was open here */
  end(requestId: string, by: string): boolean;
}

type Link = Pick<GatherOptions<never, never>, 'openChannel' | 'others'>;

export type Live = ReturnType<typeof createLive>;

/** What is open through all processes of this machine, seen and ended from any of them. */
export function createLive(local: LocalStreams, link: Link) {
  const pages = createGather<LiveFilter, { streams: readonly LiveStream[]; total: number }>({
    ...link,
    name: 'live',
    answer({ limit, offset, ...filter }) {
      const found = local.list().filter((stream) => matches(stream, filter));
      // No page needs more of one process than all that stands before its own end.
      return { streams: newestFirst(found).slice(0, offset + limit), total: found.length };
    },
  });
  const ends = createGather<LiveEnd, LiveStream | undefined>({
    ...link,
    name: 'live-end',
    answer({ requestId, userId, by }) {
      const stream = local.list().find((one) => one.requestId === requestId);
      if (!stream || (userId !== undefined && stream.userId !== userId)) return undefined;
      return local.end(requestId, by) ? stream : undefined;
    },
  });

  return {
    /** A page of the open streams, the newest first. */
    async list(filter: LiveFilter) {
      const { answers, missing } = await pages(filter);
      const streams = newestFirst(answers.flatMap((answer) => answer.streams));
      return {
        streams: streams.slice(filter.offset, filter.offset + filter.limit),
        total: answers.reduce((sum, { total }) => sum + total, 0),
        missing,
      };
    },

    /** Ends a stream. @returns what it was; undefined: there is none such */
    async end(which: LiveEnd): Promise<LiveStream | undefined> {
      const { answers } = await ends(which);
      return answers.find((stream) => stream !== undefined);
    },
  };
}

function newestFirst(streams: readonly LiveStream[]): LiveStream[] {
  return streams.toSorted(
    (a, b) => b.startedAt - a.startedAt || (a.requestId < b.requestId ? -1 : 1),
  );
}

function matches(
  stream: LiveStream,
  { environmentId, userId, q }: Omit<LiveFilter, 'limit' | 'offset'>,
) {
  if (environmentId !== undefined && stream.environmentId !== environmentId) return false;
  if (userId !== undefined && stream.userId !== userId) return false;
  if (!q) return true;
  const { username, environmentName, verb, resource, subresource, namespace, name } = stream;
  const text = [username, environmentName, verb, resource, subresource, namespace, name];
  return [...text, stream.address].join(' ').toLowerCase().includes(q.trim().toLowerCase());
}
