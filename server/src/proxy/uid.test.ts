import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ask, type House, startHouse, until } from './testing.ts';

describe('the UID of who asks', () => {
  let house: House;
  let takesUid = true;
  beforeEach(async () => {
    takesUid = true;
    house = await startHouse({ takesUid: () => takesUid });
  });
  afterEach(() => house.close());

  it('is told to API servers that know what it is, and to no others', async () => {
    const uids = async () => {
      await ask(house, '/api/v1/pods');
      return house.upstream.requests.at(-1)?.headers.get('impersonate-uid');
    };
    const { uid, user } = house.passage.identity;
    assert.deepEqual(await uids(), [uid]);
    // The same identity, for which lines have been written before.
    takesUid = false;
    assert.equal(await uids(), undefined);
    takesUid = true;
    assert.deepEqual(await uids(), [uid]);
    for (const { headers } of house.upstream.requests) {
      assert.deepEqual(headers.get('impersonate-user'), [user]);
      assert.deepEqual(headers.get('impersonate-group'), [...house.passage.identity.groups]);
    }
    assert.deepEqual(new Set(house.events.map(({ identity }) => identity?.uid)), new Set([uid]));
  });

  it('ends no open stream when it turns out that the API server does not know it', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const watch = ask(house, '/api/v1/pods?watch=1');
    await until(() => house.proxy.streams().length === 1, 'the stream');
    await until(() => house.events.length === 1, 'its beginning');
    takesUid = false;
    await house.proxy.recheck();
    assert.equal(house.proxy.streams().length, 1);
    await house.proxy.close(0);
    await watch.catch(() => {});
  });
});
