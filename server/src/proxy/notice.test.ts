import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fail } from '../errors.ts';
import { ask, dial, type House, PREFIX, startHouse, TOKEN } from './testing.ts';

describe('what a caller is to be told besides the answer', () => {
  let house: House;
  let notice: string | undefined | Promise<string | undefined>;
  let asked = 0;

  before(async () => {
    house = await startHouse({
      notice: () => {
        asked += 1;
        return notice;
      },
    });
  });
  beforeEach(() => {
    asked = 0;
    notice = undefined;
    house.refusal = undefined;
  });
  after(() => house?.close());

  it('is a warning with the answer, in characters that a header can hold', async () => {
    notice = 'it ends "soon": renew it at {url}/kubeconfigs – now\r\nSet-Cookie: x';
    const { status, headers } = await ask(house, '/api/v1/pods');
    assert.equal(status, 200);
    assert.equal(
      headers.warning,
      '299 - "Sallyport: it ends \\"soon\\": renew it at https://front.test/kubeconfigs ? now??Set-Cookie: x"',
    );
    assert.equal(headers['set-cookie'], undefined);
  });

  it('is not there where there is nothing to tell', async () => {
    assert.equal((await ask(house, '/api/v1/pods')).headers.warning, undefined);
  });

  it('is asked for once a request, also where it must be waited for', async () => {
    notice = Promise.resolve('it ends');
    const { headers } = await ask(house, '/api/v1/pods');
    assert.equal(headers.warning, '299 - "Sallyport: it ends"');
    assert.equal(asked, 1);
  });

  it('lets nobody in who was shut out while it was waited for', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    notice = promise;
    const answer = ask(house, '/api/v1/pods');
    while (asked === 0) await new Promise((next) => setImmediate(next));
    house.refusal = fail('proxy.kubeconfig_revoked', { time: 'noon', url: 'https://front.test' });
    resolve(undefined);
    assert.equal((await answer).status, 401);
  });

  it('is not asked for with an upgrade', async () => {
    notice = 'it ends';
    const socket = await dial(house);
    socket.write(
      `GET ${PREFIX}/api/v1/namespaces/a/pods/b/exec HTTP/1.1\r\nHost: front.test\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.destroy();
    assert.equal(asked, 0);
  });
});
