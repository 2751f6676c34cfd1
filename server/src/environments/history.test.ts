import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HealthHistory } from '@sallyport/contract';
import { describeOnStores } from '../store/testing.ts';
import { addEnvironment } from '../store/testRows.ts';
import { createHistory } from './history.ts';
import { silent } from './testing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 4, 5, 12);
const up = (latencyMs: number) => ({ state: 'up', latencyMs, message: null }) as const;
const down = (message: string) => ({ state: 'down', latencyMs: null, message }) as const;

describeOnStores('the health of environments over time', (open) => {
  async function opened() {
    const store = await open();
    let at = NOON;
    const now = () => at;
    const history = createHistory({ store, logger: silent, now });
    return {
      store,
      history,
      beside: () => createHistory({ store, logger: silent, now }),
      pass: (ms: number) => {
        at += ms;
      },
      rows: async () => store.db.selectFrom('environment_health').selectAll().execute(),
    };
  }

  it('is added up by quarters of an hour, whoever looked', async () => {
    const { store, history, beside, pass } = await opened();
    const id = await addEnvironment(store, 'one');
    const another = beside();
    history.note(id, up(10));
    history.note(id, up(30.4));
    another.note(id, up(50));
    await history.flush();
    await another.flush();
    pass(15 * MINUTE);
    history.note(id, down('nothing listens there'));
    history.note(id, up(8));
    await history.flush();

    const read = await history.read(id, '24h');
    assert.deepEqual(HealthHistory.parse(read), read);
    assert.deepEqual(read.points, [
      {
        at: '2026-05-05T12:00:00.000Z',
        looks: 3,
        looksUp: 3,
        latencyMs: 30,
        latencyMaxMs: 50,
        message: null,
      },
      {
        at: '2026-05-05T12:15:00.000Z',
        looks: 2,
        looksUp: 1,
        latencyMs: 8,
        latencyMaxMs: 8,
        message: 'nothing listens there',
      },
    ]);
    assert.equal(read.stepSeconds, 900);
    assert.equal(read.availability, 0.8);
  });

  it('is told in longer stretches over a week, and of each environment by itself', async () => {
    const { store, history, pass } = await opened();
    const id = await addEnvironment(store, 'one');
    const other = await addEnvironment(store, 'two');
    for (let quarter = 0; quarter < 16; quarter += 1) {
      history.note(id, quarter < 8 ? up(10) : down('it is gone'));
      history.note(other, up(1));
      pass(15 * MINUTE);
    }
    await history.flush();
    const { points, stepSeconds } = await history.read(id, '7d');
    assert.equal(stepSeconds, 7200);
    assert.deepEqual(
      points.map(({ looks, looksUp, latencyMs, message }) => [looks, looksUp, latencyMs, message]),
      [
        [8, 8, 10, null],
        [8, 0, null, 'it is gone'],
      ],
    );
    assert.equal((await history.read(other, '7d')).availability, 1);
  });

  it('is kept for a week and no longer, with no word on those that were removed', async () => {
    const { store, history, pass, rows } = await opened();
    const id = await addEnvironment(store, 'one');
    const gone = await addEnvironment(store, 'gone');
    history.note(id, up(1));
    history.note(gone, up(1));
    await store.write((tx) => tx.deleteFrom('environments').where('id', '=', gone).execute());
    await history.flush();
    assert.deepEqual(
      (await rows()).map((row) => row.environment_id),
      [id],
    );
    pass(6 * 24 * HOUR);
    history.note(id, up(1));
    await history.flush();
    assert.equal((await rows()).length, 2);
    pass(25 * HOUR);
    await history.stop();
    assert.equal((await rows()).length, 1, 'also where there is nothing new to write');
    await store.write((tx) => tx.deleteFrom('environments').execute());
    assert.deepEqual(await rows(), []);
  });

  it('says that nobody looked where nobody did', async () => {
    const { store, history } = await opened();
    const id = await addEnvironment(store, 'one');
    const { points, availability } = await history.read(id, '24h');
    assert.deepEqual([points, availability], [[], null]);
  });
});
