import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

const COUNTS = ['nodes', 'nodes_ready', 'cpu_millicores', 'cpu_used_millicores'] as const;
const BIG = ['memory_bytes', 'memory_used_bytes', 'capacity_at'] as const;

/** What an environment holds, and how its health was over time. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sqlite = dialect === 'sqlite';
  const big = sqlite ? 'integer' : 'bigint';
  // One column a statement: SQLite knows no other way.
  for (const name of COUNTS) {
    await db.schema.alterTable('environments').addColumn(name, 'integer').execute();
  }
  for (const name of BIG) {
    await db.schema.alterTable('environments').addColumn(name, big).execute();
  }

  const table = db.schema.createTable('environment_health');
  await (sqlite ? table.modifyEnd(sql`strict, without rowid`) : table)
    .addColumn('environment_id', 'integer', (column) =>
      column.notNull().references('environments.id').onDelete('cascade'),
    )
    .addColumn('at', big, (column) => column.notNull())
    .addColumn('looks', 'integer', (column) => column.notNull())
    .addColumn('looks_up', 'integer', (column) => column.notNull())
    .addColumn('latency_sum_ms', 'integer', (column) => column.notNull())
    .addColumn('latency_max_ms', 'integer', (column) => column.notNull())
    .addColumn('message', 'text')
    .addPrimaryKeyConstraint('environment_health_key', ['environment_id', 'at'])
    .execute();
  // What is too old is found without a look at what is not.
  await db.schema
    .createIndex('environment_health_by_at')
    .on('environment_health')
    .column('at')
    .execute();
}
