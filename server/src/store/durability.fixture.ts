import { openStore } from './store.ts';

/**
 * Writes numbered rows for ever, and says each number once it is written: for durability.test.ts,
 * which kills this process.
 *
 * Arguments: the number to begin with, the data directory, and the database's URL if there is one.
 */
const [first, dataDir = '', databaseUrl] = process.argv.slice(2);
const store = await openStore({ dataDir, databaseUrl });
for (let n = Number(first); ; n += 1) {
  await store.write(async (tx, changed) => {
    await tx
      .insertInto('meta')
      .values({ key: String(n), value: 'x'.repeat(500) })
      .execute();
    changed('settings');
  });
  process.stdout.write(`${n}\n`);
}
