import type { Role } from '@sallyport/contract';
import { keyContains } from '../store/names.ts';
import type { Store } from '../store/store.ts';

export type Roles = ReturnType<typeof createRoles>;

/** The roles that grants can name. */
export function createRoles({ store }: { readonly store: Store }) {
  return {
    /** From the least to the most powerful of the built-in ones. */
    async list(page: {
      readonly limit: number;
      readonly offset: number;
      readonly q?: string | undefined;
    }): Promise<{ items: Role[]; total: number }> {
      const { limit, offset, q } = page;
      let matching = store.db.selectFrom('roles');
      if (q) matching = matching.where(({ ref }) => keyContains(ref('name_key'), q));
      const [rows, count] = await Promise.all([
        matching.selectAll().orderBy('id').limit(limit).offset(offset).execute(),
        matching.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
      ]);
      return {
        items: rows.map(({ id, name, description, builtin }) => ({
          ...{ id, name, description },
          builtin: builtin === 1,
        })),
        total: Number(count.total),
      };
    },
  };
}
