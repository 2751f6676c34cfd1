import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ask, type House, reply, startHouse, until } from './testing.ts';

describe('a plain request over HTTP/1.1', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(() => house.close());

  it('reaches the API server as the user, with the path byte for byte', async () => {
    house.upstream.respond = (_, socket) => socket.write(reply('{"kind":"PodList"}'));
    const answer = await ask(
      house,
      '/api/v1/namespaces/a/services/https:x:443/proxy//a%2Fb;c?q=%20x',
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.body, '{"kind":"PodList"}');
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.match(String(answer.headers['x-request-id']), /^[0-9a-f-]{36}$/);
    const [seen] = house.upstream.requests;
    assert.equal(seen?.target, '/api/v1/namespaces/a/services/https:x:443/proxy//a%2Fb;c?q=%20x');
    assert.deepEqual(seen?.headers.get('authorization'), ['Bearer cluster-credential']);
    assert.deepEqual(seen?.headers.get('impersonate-user'), ['sallyport:ada']);
    assert.deepEqual(seen?.headers.get('impersonate-group'), [
      'sallyport:team:crew',
      'sallyport:role:view',
    ]);
    assert.deepEqual(seen?.headers.get('impersonate-extra-sallyport.dev%2fkubeconfig'), ['7']);
    assert.deepEqual(seen?.headers.get('x-forwarded-for'), ['192.0.2.7']);
    assert.deepEqual(seen?.headers.get('audit-id'), [answer.headers['x-request-id']]);
  });

  it('sends a body with its length, and one without as chunks', async () => {
    house.upstream.respond = (request, socket) => socket.write(reply(request.body));
    const body = 'x'.repeat(200_000);
    const sized = await ask(house, '/api/v1/pods', {
      method: 'POST',
      body,
      headers: { 'content-length': String(body.length) },
    });
    assert.equal(sized.body, body);
    const chunked = await ask(house, '/api/v1/pods', {
      method: 'POST',
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    assert.equal(chunked.body, body);
    assert.deepEqual(
      house.upstream.requests.map(({ headers }) => [
        headers.get('content-length'),
        headers.get('transfer-encoding'),
      ]),
      [
        [['200000'], undefined],
        [undefined, ['chunked']],
      ],
    );
    assert.equal(house.upstream.connections(), 1, 'the connection is used again');
  });

  it('answers an unknown token with a Status and asks no cluster', async () => {
    const answer = await ask(house, '/api', { token: 'other' });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['content-type'], 'application/json');
    const status = JSON.parse(answer.body);
    assert.equal(status.kind, 'Status');
    assert.equal(status.details.causes[0].reason, 'proxy.credential_unknown');
    assert.equal(house.upstream.connections(), 0);
  });

  it('tells of each request once', async () => {
    await ask(house, '/api/v1/namespaces/a/pods?watch=0');
    await ask(house, '/api', { token: null });
    await until(() => house.events.length === 2, 'two events');
    const [first, second] = house.events;
    assert.equal(first?.info?.verb, 'list');
    assert.equal(first?.status, 200);
    assert.equal(first?.caller?.username, 'ada');
    assert.equal(second?.code, 'proxy.credential_missing');
    assert.equal(second?.caller, null);
  });
});
