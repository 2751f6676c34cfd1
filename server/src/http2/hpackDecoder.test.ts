import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from './frameReader.ts';
import { settingsFrame } from './frames.ts';
import { CompressionError, HpackDecoder } from './hpackDecoder.ts';

const MAX = 64 * 1024;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** Blocks of one connection, one after the other: bytes, fields, and what the table takes then. */
type Step = readonly [bytes: string, fields: Record<string, string>, tableSize: number];

const REQUESTS: ReadonlyArray<readonly [fields: Record<string, string>, tableSize: number]> = [
  [{ ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' }, 57],
  [
    {
      ':method': 'GET',
      ':scheme': 'http',
      ':path': '/',
      ':authority': 'www.example.com',
      'cache-control': 'no-cache',
    },
    110,
  ],
  [
    {
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/index.html',
      ':authority': 'www.example.com',
      'custom-key': 'custom-value',
    },
    164,
  ],
];
const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const [LATE, LATER] = ['Mon, 21 Oct 2013 20:13:21 GMT', 'Mon, 21 Oct 2013 20:13:22 GMT'];
const RESPONSES: ReadonlyArray<readonly [fields: Record<string, string>, tableSize: number]> = [
  [
    {
      ':status': '302',
      'cache-control': 'private',
      date: LATE,
      location: 'https://www.example.com',
    },
    222,
  ],
  [
    {
      ':status': '307',
      'cache-control': 'private',
      date: LATE,
      location: 'https://www.example.com',
    },
    222,
  ],
  [
    {
      ':status': '200',
      'cache-control': 'private',
      date: LATER,
      location: 'https://www.example.com',
      'content-encoding': 'gzip',
      'set-cookie': COOKIE,
    },
    215,
  ],
];

/** RFC 7541, Appendix C. */
const VECTORS: ReadonlyArray<readonly [name: string, table: number, steps: readonly Step[]]> = (
  [
    [
      'C.3',
      4096,
      REQUESTS,
      `828684410f7777772e6578616d706c652e636f6d
       828684be58086e6f2d6361636865
       828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565`,
    ],
    [
      'C.4',
      4096,
      REQUESTS,
      `828684418cf1e3c2e5f23a6ba0ab90f4ff
       828684be5886a8eb10649cbf
       828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf`,
    ],
    [
      'C.5',
      256,
      RESPONSES,
      `4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d
       4803333037c1c0bf
       88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31`,
    ],
    [
      'C.6',
      256,
      RESPONSES,
      `488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3
       4883640effc1c0bf
       88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007`,
    ],
  ] as const
).map(([name, table, steps, bytes]) => [
  name,
  table,
  bytes.split('\n').map((line, i) => {
    const [fields = {}, size = 0] = steps[i] ?? [];
    return [line, fields, size] as const;
  }),
]);

describe('header blocks with a dynamic table', () => {
  for (const [name, table, steps] of VECTORS) {
    it(`are read as RFC 7541 has them in ${name}`, () => {
      const decoder = new HpackDecoder(table);
      for (const [bytes, fields, size] of steps) {
        assert.deepEqual(decoder.decode(hex(bytes), MAX), Object.entries(fields).flat());
        assert.equal(decoder.tableSize, size);
      }
    });
  }

  it('forget what no longer fits, the oldest first, and what was made small', () => {
    const decoder = new HpackDecoder(100);
    // 36 octets each: two fit.
    decoder.decode(hex('4002 6161 0231 31 4002 6262 0232 32'), MAX);
    assert.equal(decoder.tableSize, 72);
    assert.deepEqual(decoder.decode(hex('bf be'), MAX), ['aa', '11', 'bb', '22']);
    decoder.decode(hex('4002 6363 0233 33'), MAX);
    assert.deepEqual(decoder.decode(hex('bf be'), MAX), ['bb', '22', 'cc', '33']);
    assert.throws(() => decoder.decode(hex('c0'), MAX), /in no table/);
    // To 40, where one stays; then back to 100, where none comes back.
    assert.deepEqual(decoder.decode(hex('3f09 3f45 be'), MAX), ['cc', '33']);
    assert.throws(() => decoder.decode(hex('bf'), MAX), /in no table/);
    decoder.decode(hex('20'), MAX);
    assert.equal(decoder.tableSize, 0);
    assert.throws(() => decoder.decode(hex('be'), MAX), /in no table/);
  });

  it('keep a name whose entry makes room for the new one', () => {
    const decoder = new HpackDecoder(40);
    decoder.decode(hex('4002 6161 0231 31'), MAX);
    assert.deepEqual(decoder.decode(hex('7e 0232 32 be'), MAX), ['aa', '22', 'aa', '22']);
    assert.equal(decoder.tableSize, 36);
  });

  it('are emptied by what is larger than the table, which is no error', () => {
    const decoder = new HpackDecoder(64);
    decoder.decode(hex('4002 6161 0231 31'), MAX);
    const long = Buffer.concat([hex('4002 6262 28'), Buffer.alloc(40, 'x')]);
    assert.deepEqual(decoder.decode(long, MAX), ['bb', 'x'.repeat(40)]);
    assert.equal(decoder.tableSize, 0);
  });

  it('may not make the table larger than was allowed, nor change it within', () => {
    assert.throws(() => new HpackDecoder(4096).decode(hex('3fe21f'), MAX), /not allowed/);
    assert.deepEqual(new HpackDecoder(4096).decode(hex('3fe11f 82'), MAX), [':method', 'GET']);
    assert.throws(() => new HpackDecoder(4096).decode(hex('82 20'), MAX), /resized within/);
  });

  it('that unfold to more than may be are read to their end, and little of them is kept', () => {
    const decoder = new HpackDecoder(4096);
    const value = Buffer.alloc(4000, 'v');
    decoder.decode(Buffer.concat([hex('4001 61 7fa11e'), value]), MAX);
    // A bomb: 60,000 octets that stand for 240 MB.
    const fields = decoder.decode(
      Buffer.concat([Buffer.alloc(60_000, 0xbe), hex('4001 6201 32')]),
      MAX,
    );
    assert.equal(decoder.tooLarge, true);
    assert.ok(fields.join('').length <= MAX);
    assert.deepEqual(
      decoder.decode(hex('be'), MAX),
      ['b', '2'],
      'the table is as its client knows it',
    );
    assert.equal(decoder.tooLarge, false);
  });

  it('give fields or an error, whatever the bytes, and a table no larger than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 6 }), (blocks) => {
        const decoder = new HpackDecoder(256);
        try {
          for (const bytes of blocks) {
            assert.equal(decoder.decode(Buffer.from(bytes), MAX).length % 2, 0);
            assert.ok(decoder.tableSize <= 256 && decoder.tableSize >= 0);
          }
        } catch (error) {
          assert.ok(error instanceof CompressionError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what nghttp2 writes, by node:http2 as a client', () => {
  const name = fc.stringMatching(/^x-[a-z0-9-]{1,12}$/);
  const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,60}[\x21-\x7e])?$/);
  const sets = fc.array(fc.dictionary(name, value, { maxKeys: 12 }), {
    minLength: 1,
    maxLength: 6,
  });

  it('is read as it was meant, request after request on one connection', async () => {
    await fc.assert(
      fc.asyncProperty(sets, async (requests) => {
        const [client, server] = duplexPair();
        const decoder = new HpackDecoder(4096);
        const read: string[][] = [];
        const deaf = {
          get: (target: object, key: string) => Reflect.get(target, key) ?? (() => {}),
        };
        const reader = new FrameReader(
          'client',
          new Proxy(
            { onHeaders: (_: number, block: Buffer) => read.push(decoder.decode(block, MAX)) },
            deaf,
          ) as unknown as ConstructorParameters<typeof FrameReader>[1],
        );
        server.on('data', (chunk: Buffer) => reader.execute(chunk));
        server.write(settingsFrame([]));
        const session = connect('https://a.test', { createConnection: () => client });
        session.on('error', () => {});
        await once(session, 'remoteSettings');
        for (const fields of requests)
          session.request({ ':authority': 'a.test', ...fields }).on('error', () => {});
        for (let turn = 0; turn < 50 && read.length < requests.length; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        session.destroy();
        server.destroy();
        const pseudo = [':path', '/', ':method', 'GET', ':authority', 'a.test', ':scheme', 'https'];
        for (const [i, fields] of requests.entries()) {
          const seen = read[i] ?? [];
          assert.deepEqual(new Set(seen.slice(0, 8)), new Set(pseudo));
          assert.deepEqual(seen.slice(8), Object.entries(fields).flat());
        }
      }),
      { numRuns: 40 },
    );
  });
});
