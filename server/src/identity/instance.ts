import { randomUUID } from 'node:crypto';
import type { Store } from '../store/store.ts';

const META_KEY = 'instance_id';

/**
 * The id of this installation, a UUID: made at the first call, and the same for every replica and
 * after every restart.
 */
export async function readInstanceId(store: Store): Promise<string> {
  return store.write(async (tx) => {
    await tx
      .insertInto('meta')
      .values({ key: META_KEY, value: randomUUID() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { value } = await tx
      .selectFrom('meta')
      .select('value')
      .where('key', '=', META_KEY)
      .executeTakeFirstOrThrow();
    return value;
  });
}
