import type { Kysely } from 'kysely';
import type { Dialect } from '../database.ts';

/**
 * Renewal, idle expiry and warnings of kubeconfigs; schema.ts says what each column holds. Files
 * that were issued before have none of it, so nothing of what was promised for them changes.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const time = dialect === 'sqlite' ? 'integer' : 'bigint';
  const columns = [
    ['current_environment_id', 'integer'],
    ['idle_after', time],
    ['renewed_at', time],
    ['renewed_as', 'integer'],
    ['warned_at', time],
  ] as const;
  for (const [name, type] of columns) {
    await db.schema.alterTable('kubeconfigs').addColumn(name, type).execute();
  }
}
