import { StreamList, StreamParam, StreamQuery } from '../streams.ts';
import { define } from './route.ts';

/** What is open through the gate now. */
export const streamsRoutes = define({
  'streams.list': {
    method: 'GET',
    path: '/api/streams',
    access: 'user',
    summary: 'Streams that are open now: all for admins, their own for others',
    query: StreamQuery,
    response: StreamList,
  },
  'streams.end': {
    method: 'DELETE',
    path: '/api/streams/:id',
    access: 'user',
    summary: 'End a stream at once; its client is told by whom, as far as its protocol lets',
    params: StreamParam,
    status: 204,
  },
});
