import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { compressLists, takesGzip } from './compress.ts';

const LONG = { items: Array.from({ length: 1_000 }, (_, id) => ({ id, name: `cluster ${id}` })) };

describe('long answers', () => {
  let app: FastifyInstance;

  before(async () => {
    app = Fastify();
    compressLists(app);
    app.get('/list', async () => LONG);
    app.get('/short', async () => ({ items: [] }));
    app.get('/file', async (_, reply) => {
      reply.header('content-disposition', 'attachment');
      return LONG;
    });
    app.post('/act', async () => LONG);
    await app.ready();
  });
  after(() => app.close());

  const ask = (method: 'GET' | 'POST', url: string, accept?: string) =>
    app.inject({ method, url, headers: accept === undefined ? {} : { 'accept-encoding': accept } });

  it('are compressed for who takes gzip, and are the same', async () => {
    const { headers, rawPayload } = await ask('GET', '/list', 'br, gzip;q=0.8');
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(headers.vary, 'accept-encoding');
    assert.equal(Number(headers['content-length']), rawPayload.length);
    assert.ok(rawPayload.length < JSON.stringify(LONG).length / 4);
    assert.deepEqual(JSON.parse(gunzipSync(rawPayload).toString()), LONG);
  });

  it('stay as they are for who does not, and so do short ones, files and answers to acts', async () => {
    for (const [method, url, accept] of [
      ['GET', '/list', undefined],
      ['GET', '/list', 'br'],
      ['GET', '/short', 'gzip'],
      ['GET', '/file', 'gzip'],
      ['POST', '/act', 'gzip'],
    ] as const) {
      const { headers, json } = await ask(method, url, accept);
      assert.equal(headers['content-encoding'], undefined, `${method} ${url}`);
      assert.ok(Array.isArray(json().items));
    }
  });

  it('go by what the header says, not by whether it has the word in it', () => {
    assert.equal(takesGzip('GZIP'), true);
    assert.equal(takesGzip('deflate, gzip ; q=1.0'), true);
    for (const no of [undefined, '', 'gzip;q=0', 'gzip; q=0.00', 'x-gzip', 'identity']) {
      assert.equal(takesGzip(no), false, String(no));
    }
  });
});
