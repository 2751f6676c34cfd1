import type { User } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import { fail, SallyportError } from '../../errors.ts';
import { nameKey } from '../../store/names.ts';
import type { Row, Schema } from '../../store/schema.ts';
import { countsUntil } from '../../store/signInProvider.ts';
import type { Store, Topic } from '../../store/store.ts';
import { joinTeam, leaveTeam } from '../teams.ts';
import { insertUser, isLastAdmin } from '../users.ts';
import { viewUser } from '../userView.ts';
import type { Newcomer } from './claims.ts';
import type { ProviderConfig } from './config.ts';

/** What of the provider's settings decides about a person. */
export type EntryRules = Pick<
  ProviderConfig,
  'entry' | 'entryGroups' | 'adminGroups' | 'teams' | 'countsFor'
>;

/** What a sign-in has changed, for the audit log. */
export interface Admission {
  readonly user: User;
  readonly changes: {
    readonly created?: true;
    readonly linked?: true;
    readonly role?: User['role'];
    readonly joined?: readonly number[];
    readonly left?: readonly number[];
    /** They should be no admin any more, but there is no other. */
    readonly keptAdmin?: true;
  };
}

/** By how much the clock of another replica may be before this one's. */
const CLOCKS_APART_MS = 5 * 60_000;

type Tx = Transaction<Schema>;
type Changed = (topic: Topic) => void;

/**
 * Lets somebody in whom the provider has identified: finds the user who they are, or makes one, and
 * brings role and teams up to date. All of it or nothing.
 *
 * @param at epoch milliseconds
 * @throws auth.provider_name_taken, auth.provider_unknown, auth.provider_not_in_group,
 *   auth.provider_disabled
 */
export async function admit(
  store: Store,
  newcomer: Newcomer,
  rules: EntryRules,
  at: number,
): Promise<Admission> {
  try {
    return await store.write(async (tx, changed) => {
      const { row, how } = await userFor(tx, newcomer, rules, at);
      const role = await roleOf(tx, row, newcomer, rules);
      const teams = await updateTeams(tx, changed, row.id, newcomer, rules, at);
      const user = await tx
        .updateTable('users')
        .set({
          ...{ provider_at: at, updated_at: at, role: role.role },
          ...(how === 'linked'
            ? { provider_issuer: newcomer.issuer, provider_subject: newcomer.subject }
            : {}),
        })
        .where('id', '=', row.id)
        .returningAll()
        .executeTakeFirstOrThrow();
      // Where their earlier sign-in counts on, caches ask anew at its end by themselves.
      const until = countsUntil(row, rules.countsFor);
      const lapsed = until !== null && until <= at + CLOCKS_APART_MS;
      if (how || role.role !== row.role || lapsed) changed('users');
      return {
        user: await viewUser(tx, user),
        changes: {
          ...(how ? { [how]: true } : {}),
          ...(role.role === row.role ? {} : { role: role.role }),
          ...(role.kept ? { keptAdmin: true } : {}),
          ...teams,
        },
      };
    });
  } catch (error) {
    // Somebody else took the name between the look and the write.
    if (!(error instanceof SallyportError) || error.code !== 'user.exists') throw error;
    throw fail('auth.provider_name_taken', { name: newcomer.username });
  }
}

/** Known by issuer and subject alone: a name is only ever taken where an admin has said whose it is. */
async function userFor(
  tx: Tx,
  { issuer, subject, username, groups }: Newcomer,
  { entry, entryGroups }: EntryRules,
  at: number,
): Promise<{ readonly row: Row<'users'>; readonly how?: 'created' | 'linked' }> {
  const mayEnter = entry !== 'groups' || overlap(groups, entryGroups);
  const known = await tx
    .selectFrom('users')
    .selectAll()
    .where('provider_issuer', '=', issuer)
    .where('provider_subject', '=', subject)
    .executeTakeFirst();
  if (known) {
    if (!mayEnter) throw fail('auth.provider_not_in_group');
    return { row: enabled(known) };
  }
  const named = await tx
    .selectFrom('users')
    .selectAll()
    .where('username_key', '=', nameKey(username))
    .executeTakeFirst();
  if (named) {
    if (named.sign_in !== 'provider' || named.provider_subject !== null) {
      throw fail('auth.provider_name_taken', { name: named.username });
    }
    if (!mayEnter) throw fail('auth.provider_not_in_group');
    return { row: enabled(named), how: 'linked' };
  }
  if (entry === 'existing') throw fail('auth.provider_unknown', { name: username });
  if (!mayEnter) throw fail('auth.provider_not_in_group');
  const provider = { issuer, subject };
  const row = await insertUser(tx, { username, passwordHash: null, role: 'user', provider }, at);
  return { row, how: 'created' };
}

function enabled(row: Row<'users'>): Row<'users'> {
  if (row.disabled) throw fail('auth.provider_disabled', { name: row.username });
  return row;
}

async function roleOf(
  tx: Tx,
  row: Row<'users'>,
  { groups }: Newcomer,
  { adminGroups }: EntryRules,
): Promise<{ readonly role: User['role']; readonly kept?: true }> {
  if (adminGroups.length === 0) return { role: row.role };
  if (overlap(groups, adminGroups)) return { role: 'admin' };
  if (row.role === 'admin' && (await isLastAdmin(tx, row.id))) return { role: 'admin', kept: true };
  return { role: 'user' };
}

/** Teams that no group is mapped to are none of the provider's business. */
async function updateTeams(
  tx: Tx,
  changed: Changed,
  userId: number,
  { groups }: Newcomer,
  { teams }: EntryRules,
  at: number,
): Promise<{ joined?: number[]; left?: number[] }> {
  const theirs = new Set(groups);
  const wanted = new Set(teams.flatMap(({ group, teamId }) => (theirs.has(group) ? teamId : [])));
  const joined: number[] = [];
  const left: number[] = [];
  for (const teamId of new Set(teams.map(({ teamId }) => teamId))) {
    if (wanted.has(teamId)) {
      if (await joinTeam(tx, changed, { teamId, userId, at })) joined.push(teamId);
    } else if (await leaveTeam(tx, changed, { teamId, userId })) left.push(teamId);
  }
  return { ...(joined.length > 0 ? { joined } : {}), ...(left.length > 0 ? { left } : {}) };
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  const wanted = new Set(others);
  return some.some((one) => wanted.has(one));
}
