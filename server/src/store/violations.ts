/** Whether a database refused a row because another one has its unique key already. */
export function isUniqueViolation(error: unknown): boolean {
  return hasCode(error, '23505', SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY);
}

/** Whether a database refused a change because a row points, or would point, to one not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  return hasCode(error, '23503', SQLITE_CONSTRAINT_FOREIGNKEY);
}

/**
 * Whether a database cannot take these values whenever they come: then trying again does not help.
 * What has to do with the place (locks, disks, connections) is none of this.
 */
export function isUnwritable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof code === 'string' && /^2[23]\w{3}$/.test(code)) return true;
  return typeof errcode === 'number' && SQLITE_UNWRITABLE.has(errcode & 0xff);
}

/** Whether the disk of a database has no room for a change. */
export function isFull(error: unknown): boolean {
  return hasCode(error, '53100', SQLITE_FULL);
}

/** SQLITE_TOOBIG, _CONSTRAINT and _MISMATCH, in the low byte of an extended code. */
const SQLITE_UNWRITABLE: ReadonlySet<number> = new Set([18, 19, 20]);

/** SQLite, "Result and Error Codes". */
const SQLITE_FULL = 13;
const SQLITE_CONSTRAINT_FOREIGNKEY = 787;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** @param sqlstate PostgreSQL's code (its Appendix A) */
function hasCode(error: unknown, sqlstate: string, ...sqlite: number[]): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === sqlstate || (typeof errcode === 'number' && sqlite.includes(errcode));
}
