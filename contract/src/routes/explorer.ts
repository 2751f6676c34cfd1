import { z } from 'zod';
import { Id, Namespace } from '../common.ts';
import { NamespaceAccess, PersonAccess } from '../explorer.ts';
import { define } from './route.ts';

const QueryId = z.coerce.number().pipe(Id);
const Page = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).default(0),
};

/** Who can do what, explained by the function that the proxy itself asks. */
export const explorerRoutes = define({
  'access.person': {
    method: 'GET',
    path: '/api/access/person',
    access: 'admin',
    summary: 'What a person can do, everywhere or in one environment, and by which grants',
    query: z.strictObject({ userId: QueryId, environmentId: QueryId.optional(), ...Page }),
    response: PersonAccess,
  },
  'access.namespace': {
    method: 'GET',
    path: '/api/access/namespace',
    access: 'admin',
    summary: 'Who can reach a namespace, everywhere or in one environment, and by which grants',
    query: z.strictObject({ namespace: Namespace, environmentId: QueryId.optional(), ...Page }),
    response: NamespaceAccess,
  },
  'access.report': {
    method: 'GET',
    path: '/api/access/report',
    access: 'admin',
    file: true,
    summary: 'The same as text that an auditor can read, whole',
    query: z
      .strictObject({
        userId: QueryId.optional(),
        namespace: Namespace.optional(),
        environmentId: QueryId.optional(),
      })
      .refine((query) => (query.userId === undefined) !== (query.namespace === undefined), {
        message: 'needs either userId or namespace',
        path: ['userId'],
      }),
  },
});
