import { type Expression, sql } from 'kysely';

/**
 * The key under which a name is unique: two names that a person would take for one have one key.
 * Compatibility forms are unified (Unicode NFKC), and so are upper and lower case; going by way of
 * upper case unifies `ß` with `ss`, and the two small sigmas.
 */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/**
 * A condition on a column of name keys: contains what a person typed into a search box, upper or
 * lower case, every character taken literally.
 */
export function keyContains(column: Expression<string>, typed: string) {
  const pattern = `%${nameKey(typed).replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`${column} like ${pattern} escape '\\'`;
}
