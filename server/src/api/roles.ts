import type { Role } from '@sallyport/contract';
import { previewYaml } from '../access/rbac/roleManifests.ts';
import { ruleProblems } from '../access/rules/problems.ts';
import { ruleWarnings } from '../access/rules/warnings.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** Roles: what they are for everybody, how they are used for admins. */
export function roleHandlers({
  roles,
  users,
}: Pick<ApiDependencies, 'roles' | 'users'>): HandlersOf<'roles'> {
  /** How often a role is granted is not everybody's business. */
  const shownTo = (role: Role, admin: boolean): Role => (admin ? role : { ...role, grants: 0 });

  return {
    'roles.list': async (request) => {
      const { admin } = personOf(request);
      const { items, total } = await roles.list(request.query);
      return { items: items.map((role) => shownTo(role, admin)), total };
    },
    'roles.get': async (request) =>
      shownTo(await roles.get(request.params.id), personOf(request).admin),
    'roles.create': ({ body }) => roles.create(body),
    'roles.update': ({ params, body }) => roles.update(params.id, body),
    'roles.delete': ({ params, query }) => roles.delete(params.id, query.endGrants),
    'roles.consequences': async ({ params }) => {
      const { subjects, grants, grantsInForce, environments } = await roles.use(params.id);
      return {
        ...{ grants, grantsInForce, environments: [...environments] },
        people: await users.countReached(subjects),
      };
    },
    'roles.preview': ({ body }) => ({
      yaml: previewYaml(body.name, body.rules),
      problems: ruleProblems(body.rules),
      warnings: ruleWarnings(body.rules),
    }),
  };
}
