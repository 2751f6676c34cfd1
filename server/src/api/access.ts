import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** Grants. */
export function accessHandlers({ grants }: ApiDependencies): HandlersOf<'grants'> {
  return {
    'grants.list': ({ query }) => grants.list(query),
    'grants.preview': ({ query }) => grants.preview(query),
    'grants.create': (request) => grants.create(request.body, personOf(request).userId),
    'grants.get': ({ params }) => grants.get(params.id),
    'grants.update': ({ params, body }) => grants.update(params.id, body),
    'grants.delete': ({ params }) => grants.delete(params.id),
    'grants.end': ({ body }) => grants.end(body.ids),
  };
}
