import {
  formatDuration,
  parseDuration,
  type SignInProvider,
  type SignInProviderInput,
} from '@sallyport/contract';
import type { Kysely } from 'kysely';
import { fail } from '../../errors.ts';
import type { Schema } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { requireTeam } from '../teams.ts';
import type { Sealing } from './sealing.ts';

/** A provider as it is asked: with its secret, so it goes nowhere else. */
export interface ProviderConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM; null: the public CAs. */
  readonly ca: string | null;
  readonly scopes: string;
  readonly usernameClaim: string;
  readonly groupsClaim: string | null;
  readonly button: string;
  readonly entry: SignInProvider['entry'];
  readonly entryGroups: readonly string[];
  readonly adminGroups: readonly string[];
  readonly teams: ReadonlyArray<{ readonly group: string; readonly teamId: number }>;
  /** Milliseconds; 0: for ever. */
  readonly countsFor: number;
}

type Db = Pick<Kysely<Schema>, 'selectFrom'>;

/** All that decides to whom the secret is sent. */
const bindTo = (issuer: string, clientId: string, ca: string | null) => [
  ...['sign-in provider', issuer, clientId, ca],
];

/** The provider's settings in the store. */
export function createProviderConfig(store: Store, vault: Sealing) {
  /** Read again once it may have changed. */
  let known: Promise<ProviderConfig | undefined> | undefined;
  const close = store.onChange((topics) => {
    if (topics.has('settings') || topics.has('teams')) known = undefined;
  });

  async function read(db: Db = store.db): Promise<ProviderConfig | undefined> {
    const row = await db.selectFrom('sign_in_provider').selectAll().executeTakeFirst();
    if (!row) return undefined;
    const groups = await db
      .selectFrom('provider_groups')
      .select(['group_name as group', 'team_id as teamId'])
      .orderBy('group_name')
      .orderBy('team_id')
      .execute();
    const { issuer, client_id: clientId, ca } = row;
    // Another key, or a row that was tampered with: the provider will say that the client is wrong.
    const clientSecret = vault.open(row.client_secret, bindTo(issuer, clientId, ca)) ?? '';
    return {
      ...{ issuer, clientId, clientSecret, ca },
      ...{ scopes: row.scopes, button: row.button, entry: row.entry },
      ...{ usernameClaim: row.username_claim, groupsClaim: row.groups_claim },
      entryGroups: JSON.parse(row.entry_groups),
      adminGroups: JSON.parse(row.admin_groups),
      teams: groups,
      countsFor: Number(row.counts_for),
    };
  }

  function get(): Promise<ProviderConfig | undefined> {
    if (known) return known;
    const reading = read();
    known = reading;
    reading.catch(() => {
      if (known === reading) known = undefined;
    });
    return reading;
  }

  return {
    /** The provider; undefined where none is set up. */
    get,

    /** The provider as admins see it. */
    async view(): Promise<SignInProvider | undefined> {
      const config = await read();
      if (!config) return undefined;
      const { clientSecret: _, teams, countsFor, entryGroups, adminGroups, ...shown } = config;
      const names = await store.db.selectFrom('teams').select(['id', 'name']).execute();
      const nameOf = new Map(names.map(({ id, name }) => [id, name]));
      return {
        ...shown,
        entryGroups: [...entryGroups],
        adminGroups: [...adminGroups],
        countsFor: formatDuration(countsFor),
        teams: teams.map(({ group, teamId }) => ({
          ...{ group, teamId },
          teamName: nameOf.get(teamId) ?? '',
        })),
      };
    },

    /**
     * What would be set up, with the secret that is there where none is given.
     *
     * @throws provider.secret_needed
     */
    async complete(input: SignInProviderInput): Promise<ProviderConfig> {
      const { clientSecret, countsFor, ca, ...rest } = input;
      const wanted = { ...rest, ca: ca?.trim() ? ca : null };
      const before = clientSecret === undefined ? await read() : undefined;
      const isSame =
        before?.issuer === wanted.issuer &&
        before.clientId === wanted.clientId &&
        before.ca === wanted.ca;
      const secret = clientSecret ?? (isSame ? before?.clientSecret : undefined);
      if (!secret) throw fail('provider.secret_needed');
      return { ...wanted, clientSecret: secret, countsFor: parseDuration(countsFor) ?? 0 };
    },

    /** @throws team.not_found */
    async save(config: ProviderConfig): Promise<void> {
      const { issuer, clientId, clientSecret, ca, teams } = config;
      const row = {
        ...{ issuer, client_id: clientId, ca },
        client_secret: vault.seal(clientSecret, bindTo(issuer, clientId, ca)),
        ...{ scopes: config.scopes, button: config.button, entry: config.entry },
        ...{ username_claim: config.usernameClaim, groups_claim: config.groupsClaim },
        entry_groups: JSON.stringify(config.entryGroups),
        admin_groups: JSON.stringify(config.adminGroups),
        counts_for: config.countsFor,
      };
      await store.write(async (tx, changed) => {
        await tx
          .insertInto('sign_in_provider')
          .values({ id: 1, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
        await tx.deleteFrom('provider_groups').execute();
        for (const { group, teamId } of teams) {
          await requireTeam(tx, teamId);
          await tx
            .insertInto('provider_groups')
            .values({ group_name: group, team_id: teamId })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
        changed('settings');
        // How long a sign-in counts decides until when credentials do.
        changed('users');
      });
    },

    /** @throws provider.not_set_up, provider.passwords_needed */
    async remove(): Promise<void> {
      await store.write(async (tx, changed) => {
        const passwords = await tx
          .selectFrom('settings')
          .where('key', '=', 'passwordSignIn')
          .select('value')
          .executeTakeFirst();
        if (passwords?.value === '"admins"') throw fail('provider.passwords_needed');
        const gone = await tx.deleteFrom('sign_in_provider').returning('id').executeTakeFirst();
        if (!gone) throw fail('provider.not_set_up');
        await tx.deleteFrom('provider_groups').execute();
        changed('settings');
        changed('users');
      });
    },

    close,
  };
}
