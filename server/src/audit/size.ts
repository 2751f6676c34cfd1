import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { FORM_SPAN } from './formIds.ts';

/** What the log takes now. */
export interface LogSize {
  readonly events: number;
  readonly bytes: number;
  /** Epoch milliseconds of the oldest event; null: there is none. */
  readonly oldest: number | null;
}

/** Rows that are looked at to estimate the others; of forms, those of a whole span. */
const SAMPLE = 500;
/** Of a row, besides its values: two heads of rows, and what the indexes hold; measured. */
const OVERHEAD_BYTES = 700;

/**
 * Measures the log.
 *
 * SQLite tells which pages of its file are in use. PostgreSQL does not: what was removed stays in its
 * tables and is written over later. So there, the size is that of the newest events times their
 * number, which is what the log needs and not what the disk has once given it.
 */
export async function measureLog(
  database: Pick<AuditDatabase, 'dialect' | 'reader'>,
): Promise<LogSize> {
  const { dialect, reader } = database;
  const events = reader.selectFrom('audit_events').select(['id', 'time']).limit(1);
  const [first, last, bytes] = await Promise.all([
    events.orderBy('id').executeTakeFirst(),
    events.orderBy('id', 'desc').executeTakeFirst(),
    dialect === 'sqlite' ? pagesInUse(database) : bytesOfOne(database),
  ]);
  // Ids have no gaps: only the oldest are ever removed.
  const count = first && last ? last.id - first.id + 1 : 0;
  return {
    events: count,
    bytes: dialect === 'sqlite' ? bytes : Math.round(bytes * count),
    oldest: first?.time ?? null,
  };
}

async function pagesInUse({ reader }: Pick<AuditDatabase, 'reader'>): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select (page_count - freelist_count) * page_size as bytes
    from pragma_page_count, pragma_freelist_count, pragma_page_size`.execute(reader);
  return rows[0]?.bytes ?? 0;
}

async function bytesOfOne({ reader }: Pick<AuditDatabase, 'reader'>): Promise<number> {
  const { rows } = await sql<{ bytes: string | null }>`
    select avg(pg_column_size(d.*)) + ${OVERHEAD_BYTES} + (
      select coalesce(sum(pg_column_size(f.*)), 0) / ${FORM_SPAN}::float8 from audit_forms f
      where f.id > (select last_id from audit_counter) - ${FORM_SPAN}::bigint
    ) as bytes
    from (select * from audit_details order by id desc limit ${SAMPLE}) d`.execute(reader);
  return Number(rows[0]?.bytes ?? 0);
}
