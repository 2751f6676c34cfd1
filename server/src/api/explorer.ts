import { namespaceText, personText } from '../access/explorerText.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** Everything on one sheet. */
const WHOLE = { limit: Number.MAX_SAFE_INTEGER, offset: 0, people: Number.MAX_SAFE_INTEGER };

/** Who can do what, for the page and as text. */
export function explorerHandlers({ explorer }: ApiDependencies): HandlersOf<'access'> {
  return {
    'access.person': ({ query: { userId, ...page } }) => explorer.person(userId, page),
    'access.namespace': ({ query: { namespace, ...page } }) => explorer.namespace(namespace, page),
    'access.report': async ({ query: { userId, namespace, environmentId } }, reply) => {
      const page = { ...WHOLE, environmentId };
      let text: string;
      let about: string;
      if (userId === undefined) {
        about = namespace ?? '';
        text = namespaceText(await explorer.namespace(about, page));
      } else {
        const found = await explorer.person(userId, page);
        about = found.person.username;
        text = personText(found);
      }
      const day = new Date().toISOString().slice(0, 10);
      reply
        .header('content-disposition', `attachment; filename="access-${about}-${day}.txt"`)
        .type('text/plain; charset=utf-8');
      return text;
    },
  };
}
