/**
 * Requests that are damaged where their ends are decided, as raw bytes from a client with a good
 * kubeconfig. Whatever the front makes of them, the API server never reads a request out of a body, and
 * reads each one's framing in one way only.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { dial, type House, PREFIX, reply, startHouse, TOKEN, turns } from './testing.ts';

const AUTHORIZATION = `Authorization: Bearer ${TOKEN}`;
/** Has no credential: where it is read as a request here it is refused, and nobody else may read it so. */
const HIDDEN = `GET ${PREFIX}/hidden HTTP/1.1\r\nHost: x\r\n\r\n`;

const length = fc.oneof(
  fc.constantFrom('0', '4', '-1', '+4', '4, 4', '0x4', '4 ', ' 4', '', '04', '4;', '99999999999'),
  fc.constant(String(HIDDEN.length)),
  fc.constant(String(HIDDEN.length + 5)),
);
const coding = fc.constantFrom(
  ...['chunked', 'Chunked', 'chunked, chunked', 'gzip, chunked', 'chunked, gzip', 'identity', ''],
  ...[
    'xchunked',
    '"chunked"',
    '\tchunked',
    '\x0bchunked',
    'chunked;a=b',
    'chunked\x00',
    ',chunked',
  ],
);
const name = (word: string) =>
  fc.constantFrom(
    // Mostly as it should be, so that what is wrong is one thing at a time.
    ...Array.from({ length: 20 }, () => word),
    ...[word, word.toLowerCase(), word.toUpperCase(), `${word} `, ` ${word}`, `${word}\t`],
    ...[`X-A: b\n${word}`, `X-A: b\r${word}`, `X-A: b\r\n ${word}`, word.replace('-', '_')],
  );
const colon = fc.constantFrom(': ', ': ', ': ', ': ', ':', ' : ', ':\t');
const line = (word: string, value: fc.Arbitrary<string>) =>
  fc.tuple(name(word), colon, value).map((parts) => parts.join(''));

/** Headers of which each decides, or seems to decide, where the body ends. */
const framing = fc.array(
  fc.oneof(
    line('Content-Length', length),
    line('Transfer-Encoding', coding),
    fc.constantFrom('Connection: content-length', 'Connection: transfer-encoding', 'TE: chunked'),
    fc.constantFrom('Expect: 100-continue', 'Upgrade: h2c', 'Trailer: content-length'),
  ),
  { minLength: 1, maxLength: 3 },
);
const body = fc.constantFrom(
  ...[HIDDEN, `0\r\n\r\n${HIDDEN}`, `4\r\nbody\r\n0\r\n\r\n${HIDDEN}`, `body${HIDDEN}`],
  ...[`4;x\r\nbody\r\n0\r\n\r\n${HIDDEN}`, `4\nbody\n0\n\n${HIDDEN}`, `-4\r\nbody\r\n${HIDDEN}`],
  ...[`${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`, `0\r\nX-A: b\r\n\r\n${HIDDEN}`],
  ...[`5\r\nbody\r\n0\r\n\r\n${HIDDEN}`, `4\r\nbodyX\r\n0\r\n\r\n${HIDDEN}`, ''],
);
const method = fc.constantFrom('POST', 'GET', 'PUT', 'DELETE', 'HEAD');

describe('a request whose end is unclear', () => {
  let house: House;
  before(async () => {
    house = await startHouse();
    house.upstream.respond = (_, socket) => socket.write(reply('{}'));
  });
  after(() => house.close());

  /** Sends it with the headers it needs, says nothing more, and waits for the end. */
  async function send(head: readonly string[], rest: string): Promise<void> {
    const socket = await dial(house);
    const over = new Promise((resolve) => socket.once('close', resolve));
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.on('error', () => {});
    socket.write([...head, '', rest].join('\r\n'), 'latin1');
    // Where more is waited for, there is no answer before the end.
    await Promise.race([answered, over, turns()]);
    socket.end();
    await over;
  }

  it('is read in one way, whatever is wrong with it, and no request comes out of its body', async () => {
    await fc.assert(
      fc.asyncProperty(method, framing, body, async (verb, headers, rest) => {
        const before = house.upstream.requests.length;
        const first = [`${verb} ${PREFIX}/api/v1/pods HTTP/1.1`, 'Host: x', AUTHORIZATION];
        await send([...first, ...headers], rest);
        const seen = house.upstream.requests.slice(before);
        assert.ok(seen.length <= 1, 'one request makes one at the most');
        for (const { target, headers: fields, head } of seen) {
          assert.equal(target, '/api/v1/pods');
          assert.deepEqual(fields.get('impersonate-user'), ['sallyport:ada']);
          assert.deepEqual(fields.get('authorization'), ['Bearer cluster-credential']);
          const ends = [fields.get('content-length'), fields.get('transfer-encoding')];
          assert.ok(ends.flat().filter((one) => one !== undefined).length <= 1, head);
          assert.match(String(ends[0] ?? '0'), /^\d+$/);
          assert.match(String(ends[1] ?? 'chunked'), /^chunked$/);
        }
        assert.doesNotMatch(house.upstream.received(), /(?:^|\r\n\r\n|\n)GET \/hidden/);
      }),
      { numRuns: 400 },
    );
    const { requests } = house.upstream;
    assert.ok(requests.length > 20, 'some are fine as they are');
    assert.ok(requests.some((request) => request.body !== ''));
  });
});
