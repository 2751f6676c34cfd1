import type {
  CheckedEnvironment,
  Environment,
  EnvironmentCheck,
  EnvironmentCreate,
  EnvironmentPatch,
} from '@sallyport/contract';
import type { Transaction } from 'kysely';
import { fail, SallyportError } from '../errors.ts';
import type { Logger } from '../store/database.ts';
import { nameKey } from '../store/names.ts';
import type { Row, Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { checkConnection } from './check.ts';
import { createClusterVersions } from './clusterVersions.ts';
import { type Connection, readConnection, toTarget } from './connection.ts';
import { createKubeClient } from './kubeClient.ts';
import { readKubeconfig } from './kubeconfigFile.ts';
import { createListing } from './listing.ts';
import { createNamespaceLabels } from './namespaceLabels.ts';
import { readPatch } from './patch.ts';
import { present, type Viewer } from './present.ts';
import type { Refuses } from './reach.ts';
import { createShownNamespaces } from './shownNamespaces.ts';
import { claimKey, connectionColumns, createTargets, openConnection } from './targets.ts';
import type { Vault } from './vault.ts';
import { isSince } from './versions.ts';

export interface EnvironmentsDependencies {
  readonly store: Store;
  readonly vault: Vault;
  /**
   * Removes from an environment's cluster what Sallyport made there, as far as it can within a few
   * seconds; never rejects. Called when an environment leaves `managed` mode or is removed.
   */
  readonly release: (id: number) => Promise<void>;
  /** Which addresses no environment leads to. */
  readonly refuses?: Refuses;
  readonly logger: Logger;
  readonly now?: () => number;
}

export type Environments = ReturnType<typeof createEnvironments>;

/** An admin who just changed an environment; the caller adds what they may do inside. */
const ADMIN: Viewer = { access: undefined, showServer: true };

/** The registry of clusters: who is in it, how each is reached, and with which credential. */
export function createEnvironments({
  store,
  vault,
  release,
  refuses = () => undefined,
  logger,
  now = Date.now,
}: EnvironmentsDependencies) {
  const targets = createTargets(store, vault, refuses, logger);
  const versions = createClusterVersions({ kube: targets.kube, stored: targets.version });
  const labelsNamespaces = createNamespaceLabels(versions);
  let unsubscribe = () => {};

  /**
   * Opens the stored credentials, and follows their changes until {@link stop}.
   *
   * @throws vault.key_wrong
   */
  async function start(): Promise<void> {
    await claimKey(store, vault);
    unsubscribe = store.onChange((topics) => {
      if (!topics.has('environments')) return;
      targets.reload().catch((error: unknown) => {
        logger.error({ err: error }, 'the environments could not be read again');
      });
    });
    await targets.reload();
  }

  async function stop(): Promise<void> {
    unsubscribe();
    await targets.close();
  }

  /** @throws environment.not_found */
  async function get(id: number, viewer: Viewer): Promise<Environment> {
    return present(await rowOf(id), viewer);
  }

  /**
   * Registers a cluster, once its connection has been tested. What the credential may not do is
   * told, not refused.
   *
   * @throws environment.exists, environment.kubeconfig_invalid, environment.address_invalid, and as
   *   {@link checkConnection}; then nothing is saved
   */
  async function create(input: EnvironmentCreate): Promise<CheckedEnvironment> {
    const connection =
      'kubeconfig' in input
        ? readKubeconfig(input.kubeconfig, input.context, now())
        : readConnection({
            server: input.server,
            caData: input.caData,
            token: input.token,
            tlsServerName: input.tlsServerName,
          });
    await refuseTakenName(store.db, input.name);
    const check = await test(0, input.name, connection, input.rbac);
    const row = await store.write(async (tx, changed) => {
      await refuseTakenName(tx, input.name);
      const at = now();
      const { id } = await tx
        .insertInto('environments')
        .values({
          name: input.name,
          name_key: nameKey(input.name),
          labels: JSON.stringify(input.labels),
          rbac: input.rbac,
          server: connection.server,
          // Sealed below: the seal holds the id, which the database gives only now.
          credential: '',
          ...upSince(at, check),
          created_at: at,
          updated_at: at,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      changed('environments');
      return tx
        .updateTable('environments')
        .set(connectionColumns(vault, id, connection))
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    });
    await targets.reload();
    return { ...present(row, ADMIN), check };
  }

  /**
   * Changes an environment. A new connection is tested first, as in {@link create}. Where only the
   * name or labels change, the cluster is not asked and `check` has no findings; where only the
   * RBAC mode does, a cluster that is down is told as a finding.
   *
   * @throws environment.not_found, environment.exists, request.invalid,
   *   environment.kubeconfig_invalid, environment.address_invalid,
   *   environment.credential_unreadable, and as {@link checkConnection}; then nothing is changed
   */
  async function update(id: number, patch: EnvironmentPatch): Promise<CheckedEnvironment> {
    const before = await rowOf(id);
    const connection = readPatch(patch, addressOf(before), () => stored(before).credential, now());
    const name = patch.name ?? before.name;
    const rbac = patch.rbac ?? before.rbac;
    if (patch.name !== undefined) await refuseTakenName(store.db, name, id);
    const check = connection
      ? await test(id, name, connection, rbac)
      : rbac === before.rbac
        ? { version: before.version, findings: [] }
        : await testStored(before, rbac);
    const row = await store.write(async (tx, changed) => {
      if (patch.name !== undefined) await refuseTakenName(tx, name, id);
      const at = now();
      const updated = await tx
        .updateTable('environments')
        .set({
          name,
          name_key: nameKey(name),
          ...(patch.labels === undefined ? {} : { labels: JSON.stringify(patch.labels) }),
          rbac,
          ...(connection
            ? { ...connectionColumns(vault, id, connection), ...upSince(at, check) }
            : {}),
          updated_at: at,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      if (!updated) throw fail('environment.not_found', { id });
      changed('environments');
      return updated;
    });
    await targets.reload();
    if (before.rbac === 'managed' && rbac === 'external') await release(id);
    return { ...present(row, ADMIN), check };
  }

  /**
   * Removes an environment with its grants, and before that what Sallyport made in its cluster.
   *
   * @throws environment.not_found
   */
  async function remove(id: number): Promise<void> {
    const { rbac } = await rowOf(id);
    if (rbac === 'managed') {
      // In external mode nobody makes bindings any more, in no replica, while these are removed.
      await store.write(async (tx, changed) => {
        await tx
          .updateTable('environments')
          .set({ rbac: 'external' })
          .where('id', '=', id)
          .execute();
        changed('environments');
      });
      await release(id);
    }
    await store.write(async (tx, changed) => {
      await tx
        .deleteFrom('grants')
        .where(({ exists, selectFrom, and, not }) => {
          const covers = selectFrom('grant_environments')
            .select('grant_id')
            .whereRef('grant_id', '=', 'grants.id');
          return and([
            exists(covers.where('environment_id', '=', id)),
            not(exists(covers.where('environment_id', '<>', id))),
          ]);
        })
        .execute();
      await tx.deleteFrom('environments').where('id', '=', id).execute();
      changed('environments');
      changed('grants');
      changed('kubeconfigs');
    });
    await targets.reload();
  }

  /**
   * Tests the connection of an environment, and what its credential may do.
   *
   * @throws environment.not_found, environment.credential_unreadable, and as
   *   {@link checkConnection}
   */
  async function check(id: number): Promise<EnvironmentCheck> {
    const row = await rowOf(id);
    return test(id, row.name, stored(row), row.rbac);
  }

  /** Tries a connection that may not be stored, with a client of its own. */
  async function test(
    id: number,
    name: string,
    connection: Connection,
    rbac: Row<'environments'>['rbac'],
  ): Promise<EnvironmentCheck> {
    const kube = createKubeClient(toTarget(id, name, connection, refuses));
    try {
      return await checkConnection(kube, rbac, now());
    } finally {
      await kube.close();
    }
  }

  async function testStored(
    row: Row<'environments'>,
    rbac: Row<'environments'>['rbac'],
  ): Promise<EnvironmentCheck> {
    try {
      return await test(row.id, row.name, stored(row), rbac);
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      const { message, remedy } = error;
      return {
        version: row.version,
        findings: [{ level: 'error', message, ...(remedy === undefined ? {} : { remedy }) }],
      };
    }
  }

  function stored(row: Row<'environments'>): Connection {
    const connection = openConnection(vault, row);
    if (!connection) throw fail('environment.credential_unreadable', { environment: row.name });
    return connection;
  }

  async function rowOf(id: number): Promise<Row<'environments'>> {
    const row = await store.db
      .selectFrom('environments')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw fail('environment.not_found', { id });
    return row;
  }

  return {
    start,
    stop,
    ...createListing(store),
    get,
    create,
    update,
    remove,
    check,
    /** The ids of all environments, from memory. */
    ids: targets.ids,
    /** How to reach an environment, from memory; undefined where there is none of that id. */
    target: targets.target,
    /** Calls back once the target of an environment is another one; returns what ends that. */
    onReplaced: targets.onReplaced,
    /** The client for Sallyport's own requests to an environment. */
    kube: targets.kube,
    /** Whether the names of an environment's namespaces can be relied on as labels. */
    labelsNamespaces,
    /** Whether that is so, and Sallyport may list and watch them. */
    showsNamespaces: createShownNamespaces({ kube: targets.kube, labelsNamespaces }),
    /**
     * Whether an environment's API server takes `Impersonate-Uid` for what it is. Where its version is
     * not known yet, it is taken for one that does.
     */
    takesUid: (id: number): boolean => isSince(versions.known(id), 'impersonatedUid') !== false,
  };
}

async function refuseTakenName(
  db: Store['db'] | Transaction<Schema>,
  name: string,
  exceptId = 0,
): Promise<void> {
  const taken = await db
    .selectFrom('environments')
    .select('id')
    .where('name_key', '=', nameKey(name))
    .where('id', '<>', exceptId)
    .executeTakeFirst();
  if (taken) throw fail('environment.exists', { name });
}

/** The part of a connection that is stored in the clear. */
function addressOf(row: Row<'environments'>): Omit<Connection, 'credential'> {
  return { server: row.server, ca: row.ca_data, tlsServerName: row.tls_server_name };
}

/** The state columns after a connection test that succeeded. */
function upSince(at: number, { version }: EnvironmentCheck) {
  return {
    state: 'up' as const,
    state_since: at,
    state_message: null,
    checked_at: at,
    version,
  };
}
