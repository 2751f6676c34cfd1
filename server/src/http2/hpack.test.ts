import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http2';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FLAG, settingsFrame, TYPE } from './frames.ts';
import { CompressionError, decodeFields } from './hpackDecoder.ts';
import { encodeFields } from './hpackEncoder.ts';
import { decodeHuffman } from './huffman.ts';
import { headers, splitFrames } from './testing.ts';

const MAX = 64 * 1024;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const refused = (bytes: string, why: RegExp): void =>
  assert.throws(
    () => decodeFields(hex(bytes), MAX),
    (error) => error instanceof CompressionError && why.test(error.message),
  );

/** The bytes in which nghttp2, by node:http2, answers a request with these headers. */
async function asNghttp2Writes(fields: Record<string, string>): Promise<string[]> {
  const [client, peer] = duplexPair();
  const server = createServer();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, ...fields }, { endStream: true });
  });
  server.on('sessionError', () => {});
  const chunks: Buffer[] = [];
  const answered = Promise.withResolvers<string[]>();
  client.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const block = splitFrames(Buffer.concat(chunks)).find(({ type }) => type === TYPE.HEADERS);
    if (block !== undefined) answered.resolve(decodeFields(block.payload, MAX));
  });
  server.emit('connection', peer);
  const request = [':method', 'GET', ':scheme', 'https', ':authority', 'a', ':path', '/'];
  client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  client.write(settingsFrame([[1, 0]]));
  client.write(headers(1, request, FLAG.END_STREAM));
  const read = await answered.promise;
  client.destroy();
  await once(peer.destroy(), 'close');
  return read;
}

describe('header blocks', () => {
  it('are read as RFC 7541, Appendix C, has them', () => {
    assert.deepEqual(decodeFields(hex('040c 2f73 616d 706c 652f 7061 7468'), MAX), [
      ':path',
      '/sample/path',
    ]);
    assert.deepEqual(decodeFields(hex('1008 7061 7373 776f 7264 0673 6563 7265 74'), MAX), [
      'password',
      'secret',
    ]);
    assert.deepEqual(decodeFields(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'), MAX), [
      ...[':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'],
    ]);
  });

  it('are read as nghttp2 writes them, with any octet that a value may hold', async () => {
    // Short codes around it make the Huffman code the shorter one for any octet.
    const octets = Array.from({ length: 256 }, (_, n) => n).filter(
      (n) => n === 9 || (n >= 32 && n !== 127),
    );
    const fields: Record<string, string> = {};
    for (const octet of octets) {
      fields[`x-${octet}`] = `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa${String.fromCharCode(octet)}e`;
    }
    const read = await asNghttp2Writes(fields);
    assert.equal(read.splice(-2)[0], 'date', 'which node:http2 adds');
    assert.deepEqual(read, [':status', '200', ...Object.entries(fields).flat()]);
  });

  it('are read as they were written, whatever is in them', () => {
    const name = fc.stringMatching(/^:?[a-z][a-z0-9-]{0,20}$/);
    const value = fc
      .array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 })
      .map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 20 }),
        fc.boolean(),
        (fields, announce) => {
          const flat = fields.flat();
          assert.deepEqual(decodeFields(encodeFields(flat, announce), MAX), flat);
        },
      ),
    );
  });

  it('hold a credential so that nobody on the way puts it into a table', () => {
    const block = encodeFields(['authorization', 'Bearer x', 'accept', 'y'], false);
    assert.equal((block[0] ?? 0) & 0xf0, 0x10);
    assert.equal((block[block.indexOf('Bearer x') + 8] ?? 0) & 0xf0, 0x00, 'accept is no secret');
  });

  it('are refused where they use a dynamic table, which was not allowed', () => {
    refused('be', /in no table/);
    refused('7f00 0161', /in no table/);
    refused('80', /in no table/);
    refused('3fe11f', /so large a dynamic table is not allowed/);
    refused('88 20', /resized within a block/);
    assert.deepEqual(decodeFields(hex('20 88'), MAX), [':status', '200']);
  });

  it('are refused where they end too early or hold numbers that nobody means', () => {
    refused('04', /ends too early/);
    refused('040c 2f73', /ends behind its block/);
    refused('ff ff ff ff ff ff ff 0f', /integer is too large/);
    refused('ff 80 80 80 80 80 80 80 80 00', /integer is too large/);
    refused('7f', /ends too early/);
  });

  it('are refused where they are larger than was said', () => {
    const block = encodeFields(['x', 'y'.repeat(100)], false);
    assert.throws(() => decodeFields(block, 132), CompressionError);
    assert.deepEqual(decodeFields(block, 133), ['x', 'y'.repeat(100)]);
  });

  it('give fields or an error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          assert.equal(decodeFields(Buffer.from(bytes), MAX).length % 2, 0);
        } catch (error) {
          assert.ok(error instanceof CompressionError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the Huffman code', () => {
  it('is refused where its padding is not the beginning of EOS, or holds EOS', () => {
    assert.equal(decodeHuffman(hex('1f')), 'a', 'five bits, and three ones');
    assert.equal(decodeHuffman(hex('18')), undefined, 'three zeros behind it');
    assert.equal(decodeHuffman(hex('1fff')), undefined, 'more than seven bits of padding');
    assert.equal(decodeHuffman(hex('ffffffff')), undefined, 'EOS');
    assert.equal(decodeHuffman(hex('')), '');
  });
});
