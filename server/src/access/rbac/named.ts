import type { NamedIdentities } from '../../environments/serviceAccount.ts';
import type { Store } from '../../store/store.ts';
import { desiredBindings, groupFor, teamGroup, userName } from '../policy.ts';
import { grantsInEnvironments, type MatchingNamespaces, withNamespaces } from '../queries.ts';

/**
 * Whom Sallyport would have to impersonate as things stand: every user who is not disabled, every
 * team, and with an environment the groups of its grants. Without one, those of all built-in roles
 * for the whole cluster.
 *
 * @param matching which namespaces a selector means now; where that is not known, none are named
 */
export async function namedIdentities(
  { db }: Pick<Store, 'db'>,
  environmentId: number | undefined,
  now: number,
  matching: MatchingNamespaces,
): Promise<NamedIdentities> {
  const [users, teams, grants, roles] = await Promise.all([
    db
      .selectFrom('users')
      .select(['username', 'uid'])
      .where('disabled', '=', 0)
      .orderBy('username_key')
      .execute(),
    db.selectFrom('teams').select('name').orderBy('name_key').execute(),
    environmentId === undefined ? [] : grantsInEnvironments(db, environmentId),
    db.selectFrom('roles').select('key').where('builtin', '=', 1).orderBy('id').execute(),
  ]);
  const groups =
    environmentId === undefined
      ? roles.map(({ key }) => groupFor(key, null))
      : desiredBindings(
          withNamespaces(grants, matching).filter(({ mode }) => mode === 'managed'),
          now,
        ).map(({ roleKey, namespace }) => groupFor(roleKey, namespace));
  return {
    users: users.map(({ username }) => userName(username)),
    uids: users.map(({ uid }) => uid),
    groups: [...teams.map(({ name }) => teamGroup(name)), ...groups],
  };
}
