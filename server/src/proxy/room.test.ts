import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fail } from '../errors.ts';
import { eventually } from '../store/testing.ts';
import { ask, type House, startHouse } from './testing.ts';

describe('the proxy while the audit log is full', () => {
  let house: House;
  /** What the next requests are told, one after the other; then, that there is room. */
  const rooms: Array<Promise<void>> = [];
  before(async () => {
    house = await startHouse({ room: () => rooms.shift() });
  });
  after(() => house.close());

  it('lets a request wait until its event has a place, and then pass', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    rooms.push(promise);
    let answered = false;
    const answer = ask(house, '/api/v1/pods').finally(() => {
      answered = true;
    });
    await eventually(() => rooms.length === 0);
    assert.equal((await ask(house, '/api/v1/pods')).status, 200);
    assert.equal(answered, false);
    resolve();
    assert.equal((await answer).status, 200);
  });

  it('refuses it where there is no place for long, so that nothing is done unrecorded', async () => {
    const refusal = Promise.reject(fail('audit.unavailable', { seconds: 5 }));
    refusal.catch(() => {});
    rooms.push(refusal);
    const answer = await ask(house, '/api/v1/pods');
    assert.equal(answer.status, 503);
    assert.equal(answer.headers['retry-after'], '5');
    assert.match(answer.body, /audit\.unavailable/);
  });
});
