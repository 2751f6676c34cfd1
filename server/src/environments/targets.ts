import { coalesce } from '../coalesce.ts';
import { fail } from '../errors.ts';
import type { Logger } from '../store/database.ts';
import type { NewRow, Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { type Connection, type Credential, toTarget } from './connection.ts';
import { createKubeClient, type KubeClient } from './kubeClient.ts';
import type { Refuses } from './reach.ts';
import type { Target } from './target.ts';
import type { Vault } from './vault.ts';

type ConnectionColumns = Pick<
  Row<'environments'>,
  'id' | 'server' | 'ca_data' | 'tls_server_name' | 'credential'
>;
type EnvironmentRow = ConnectionColumns & Pick<Row<'environments'>, 'name' | 'version'>;

interface Entry {
  row: EnvironmentRow;
  readonly target: Target | undefined;
  kube: KubeClient | undefined;
}

/**
 * Keeps the opened targets of all environments in memory, since the proxy asks for one with every
 * request. The change feed makes it read them again.
 */
export function createTargets(store: Store, vault: Vault, refuses: Refuses, logger: Logger) {
  let entries: ReadonlyMap<number, Entry> = new Map();
  const listeners = new Set<() => void>();

  const reload = coalesce(async () => {
    const rows = await store.db
      .selectFrom('environments')
      .select(['id', 'name', 'server', 'ca_data', 'tls_server_name', 'credential', 'version'])
      .execute();
    const before = entries;
    entries = new Map(rows.map((row) => [row.id, entryOf(row, before.get(row.id))]));
    let replaced = false;
    for (const [id, { kube, target }] of before) {
      if (entries.get(id)?.target === target) continue;
      replaced = true;
      kube?.close().catch(() => {});
    }
    if (replaced) for (const listener of listeners) listener();
  });

  function entryOf(row: EnvironmentRow, known: Entry | undefined): Entry {
    if (known && sameConnection(known.row, row)) {
      known.row = row;
      return known;
    }
    const connection = openConnection(vault, row);
    if (!connection) {
      const about = { environmentId: row.id, environment: row.name };
      logger.error(about, 'the credential of an environment cannot be opened');
    }
    const target = connection && toTarget(row.id, row.name, connection, refuses);
    return { row, target, kube: undefined };
  }

  return {
    /** Reads the environments again; resolves once what was committed before is seen. */
    reload,
    /** Calls back once a target is another one or gone; returns what ends that. */
    onReplaced(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ids: (): number[] => [...entries.keys()],
    target: (id: number): Target | undefined => entries.get(id)?.target,
    /** Its Kubernetes, as the last look before {@link reload} found it; null: not known. */
    version: (id: number): string | null => entries.get(id)?.row.version ?? null,
    /** The client for Sallyport's own requests; it ends when the target changes. */
    kube(id: number): KubeClient | undefined {
      const entry = entries.get(id);
      if (!entry?.target) return undefined;
      entry.kube ??= createKubeClient(entry.target);
      return entry.kube;
    },
    async close(): Promise<void> {
      const open = [...entries.values()];
      entries = new Map();
      await Promise.all(open.map(({ kube }) => kube?.close()));
    },
  };
}

/** The columns of a connection. The seal holds all that decides where the credential is sent. */
export function connectionColumns(
  vault: Vault,
  id: number,
  { server, ca, tlsServerName, credential }: Connection,
): Pick<NewRow<'environments'>, 'server' | 'ca_data' | 'tls_server_name' | 'credential'> {
  const columns = { server, ca_data: ca, tls_server_name: tlsServerName };
  const sealed = vault.seal(JSON.stringify(credential), bindTo({ id, ...columns }));
  return { ...columns, credential: sealed };
}

/** Reads back what {@link connectionColumns} made; undefined where the seal does not open. */
export function openConnection(vault: Vault, row: ConnectionColumns): Connection | undefined {
  const plain = vault.open(row.credential, bindTo(row));
  if (plain === undefined) return undefined;
  return {
    server: row.server,
    ca: row.ca_data,
    tlsServerName: row.tls_server_name,
    credential: JSON.parse(plain) as Credential,
  };
}

/**
 * Makes sure that the key is the one that sealed what is stored, at the first start and whenever
 * there is nothing sealed: takes it as the one from now on.
 *
 * @throws vault.key_wrong
 */
export async function claimKey(store: Store, vault: Vault): Promise<void> {
  const known = await store.write(async (tx) => {
    const row = await tx
      .selectFrom('meta')
      .select('value')
      .where('key', '=', KEY_ID)
      .executeTakeFirst();
    if (row && (await tx.selectFrom('environments').select('id').limit(1).executeTakeFirst())) {
      return row.value;
    }
    await tx
      .insertInto('meta')
      .values({ key: KEY_ID, value: vault.keyId })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: vault.keyId }))
      .execute();
    return vault.keyId;
  });
  if (known !== vault.keyId) throw fail('vault.key_wrong');
}

const KEY_ID = 'vault_key_id';

function bindTo(row: Omit<ConnectionColumns, 'credential'>): unknown[] {
  return ['environments.credential', row.id, row.server, row.ca_data, row.tls_server_name];
}

function sameConnection(a: EnvironmentRow, b: EnvironmentRow): boolean {
  return (
    a.name === b.name &&
    a.server === b.server &&
    a.ca_data === b.ca_data &&
    a.tls_server_name === b.tls_server_name &&
    a.credential === b.credential
  );
}
