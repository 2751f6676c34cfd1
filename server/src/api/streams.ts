import { hostname } from 'node:os';
import type { Stream } from '@sallyport/contract';
import { fail } from '../errors.ts';
import type { LiveStream } from '../live.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** What is open through the gate now. */
export function streamHandlers({ live, store }: ApiDependencies): HandlersOf<'streams'> {
  async function namesOf(streams: readonly LiveStream[]): Promise<ReadonlyMap<number, string>> {
    const ids = [...new Set(streams.map(({ kubeconfigId }) => kubeconfigId))];
    if (ids.length === 0) return new Map();
    const rows = await store.db
      .selectFrom('kubeconfigs')
      .select(['id', 'name'])
      .where('id', 'in', ids)
      .execute();
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  return {
    'streams.list': async (request) => {
      const { admin, userId } = personOf(request);
      const query = admin ? request.query : { ...request.query, userId };
      const { streams, total, missing } = await live.list(query);
      const names = await namesOf(streams);
      return {
        items: streams.map((stream) => viewOf(stream, names.get(stream.kubeconfigId) ?? null)),
        ...{ total, missing },
        // Processes of one machine know of each other; those of other machines do not.
        replica: store.dialect === 'postgres' ? hostname() : null,
      };
    },

    'streams.end': async (request) => {
      const { admin, userId, username } = personOf(request);
      const { id } = request.params;
      const ended = await live.end({
        ...{ requestId: id, by: username },
        userId: admin ? undefined : userId,
      });
      if (!ended) throw fail('stream.not_found', { id });
      // For the audit log, which names what was ended.
      return { name: inWords(ended) };
    },
  };
}

function viewOf(stream: LiveStream, kubeconfigName: string | null): Stream {
  const { requestId, startedAt, userAgent, ...rest } = stream;
  return {
    ...rest,
    id: requestId,
    kubeconfigName,
    userAgent: userAgent ?? null,
    startedAt: new Date(startedAt).toISOString(),
  };
}

/** Such as `watch pods in payments of dana, production`. */
function inWords(stream: LiveStream): string {
  const { verb, resource, subresource, namespace, name, path, username, environmentName } = stream;
  const what = [resource, subresource].filter(Boolean).join('/') || path;
  const words = [verb, what, name, namespace && `in ${namespace}`].filter(Boolean).join(' ');
  return `${words} of ${username}, ${environmentName}`;
}
