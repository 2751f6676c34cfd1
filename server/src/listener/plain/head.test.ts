import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { PlainHeads } from './head.ts';

const PATH = '/api/endpoints/1/kubernetes/api/v1/pods';

function read(text: string) {
  return new PlainHeads().read(Buffer.from(text, 'latin1'));
}

describe('the head of a plain request', () => {
  test('gives method, target and fields as they were written', () => {
    assert.deepEqual(
      read(`GET ${PATH}?limit=1&x=%2F HTTP/1.1\r\nHost: a:1\r\nX-Y:\tz z \r\naccept:*/*\r\n\r\n`),
      {
        method: 'GET',
        target: `${PATH}?limit=1&x=%2F`,
        rawHeaders: ['Host', 'a:1', 'X-Y', 'z z', 'accept', '*/*'],
      },
    );
  });

  test('has one array of fields for all requests of a connection that repeat them', () => {
    const heads = new PlainHeads();
    const ask = (path: string, fields: string) =>
      heads.read(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`));
    const first = ask('/1', 'Accept: a\r\n');
    const second = ask('/2', 'Accept: a\r\n');
    const third = ask('/2', 'Accept: b\r\n');
    assert.equal(second?.target, '/2');
    assert.equal(first?.rawHeaders, second?.rawHeaders);
    assert.deepEqual(third?.rawHeaders, ['Host', 'a', 'Accept', 'b']);
  });

  for (const [what, text] of [
    ['not whole', `GET ${PATH} HTTP/1.1\r\nHost: a\r\n`],
    ['followed by a byte', `GET ${PATH} HTTP/1.1\r\nHost: a\r\n\r\nG`],
    ['followed by another', `GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['with a length', `DELETE ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`],
    ['with chunks', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['with an upgrade', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n`],
    ['with an expectation', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n`],
    ['with trailers', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nTrailer: x\r\n\r\n`],
    ['the last of its connection', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['naming hop-by-hop fields', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nConnection: x\r\n\r\n`],
    ['of HTTP/1.0', `GET ${PATH} HTTP/1.0\r\nHost: a\r\n\r\n`],
    ['of a method with a body', `POST ${PATH} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['without a host', `GET ${PATH} HTTP/1.1\r\nAccept: a\r\n\r\n`],
    ['without any field', `GET ${PATH} HTTP/1.1\r\n\r\n`],
    ['with two hosts', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n`],
    ['of the absolute form', `GET https://a${PATH} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['with a blank in its target', `GET ${PATH} x HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['with a byte of no URL', `GET ${PATH}\xff HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['with two blanks', `GET  ${PATH} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['behind an empty line', `\r\nGET ${PATH} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['with a lone LF', `GET ${PATH} HTTP/1.1\nHost: a\r\n\r\n`],
    ['with a lone LF between fields', `GET ${PATH} HTTP/1.1\r\nHost: a\nX: b\r\n\r\n`],
    ['with a lone CR', `GET ${PATH} HTTP/1.1\r\nHost: a\rb\r\n\r\n`],
    ['with NUL', `GET ${PATH} HTTP/1.1\r\nHost: a\0\r\n\r\n`],
    ['folded', `GET ${PATH} HTTP/1.1\r\nHost: a\r\n b\r\n\r\n`],
    ['with a blank before a colon', `GET ${PATH} HTTP/1.1\r\nHost : a\r\n\r\n`],
    ['with a name that is no token', `GET ${PATH} HTTP/1.1\r\nHost: a\r\n(: a\r\n\r\n`],
    ['with a line without a colon', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nx\r\n\r\n`],
    ['with many fields', `GET ${PATH} HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(64)}\r\n`],
    ['large', `GET ${PATH} HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(16 * 1024)}\r\n\r\n`],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ] as const) {
    test(`is none where it is ${what}`, () => assert.equal(read(text), undefined));
  }

  test('takes blanks and tabs off a value, and nothing else', () => {
    const value = (written: string) => read(`GET / HTTP/1.1\r\nHost: a\r\nX:${written}\r\n\r\n`);
    assert.equal(value(' \t b\t c \t ')?.rawHeaders[3], 'b\t c');
    assert.equal(value(' \t ')?.rawHeaders[3], '');
    assert.equal(value(' \xa0b\xa0 ')?.rawHeaders[3], '\xa0b\xa0');
  });

  test('makes nothing more of blanks than of other bytes', () => {
    // Where a pattern tried each of them as the last one before the value, and as the first one behind
    // it, a head took a tenth of a second; and anybody can send one after the other.
    for (let n = 0; n < 1_000; n++) {
      const blanks = (n % 2 === 0 ? ' ' : '\t').repeat(16_000 + (n % 300));
      assert.equal(read(`GET / HTTP/1.1\r\nHost: a\r\nX:${blanks}\x01\r\n\r\n`), undefined);
    }
  });

  test('does not remember the fields of a request that was none', () => {
    const heads = new PlainHeads();
    const bad = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n`);
    assert.equal(heads.read(bad), undefined);
    assert.equal(heads.read(bad), undefined);
  });
});

describe('beside node:http', () => {
  let server: Server;
  let told: (outcome: IncomingMessage | 'refused') => void = () => {};
  before(() => {
    server = createServer({ keepAliveTimeout: 0 }, (req) => told(req));
    server.on('clientError', () => told('refused'));
    server.on('upgrade', (req: IncomingMessage) => told(req));
    server.on('checkContinue', (req) => told(req));
    server.on('connect', (req: IncomingMessage) => told(req));
  });
  after(() => server.close());

  /** What node:http makes of bytes. */
  async function judge(text: string): Promise<IncomingMessage | 'refused' | 'nothing'> {
    const connection = new PassThrough();
    const outcome = new Promise<IncomingMessage | 'refused' | 'nothing'>((resolve) => {
      told = resolve;
      setImmediate(() => setImmediate(() => resolve('nothing')));
    });
    server.emit('connection', connection);
    connection.write(Buffer.from(text, 'latin1'));
    const result = await outcome;
    connection.destroy();
    return result;
  }

  const fragment = fc.constantFrom(
    ...[
      'GET',
      'HEAD',
      'DELETE',
      'POST',
      'get',
      ' ',
      '  ',
      '\t',
      '/',
      PATH,
      '?a=b',
      '*',
      '\\',
      '%2e',
    ],
    ...['HTTP/1.1', 'HTTP/1.0', 'http/1.1', '\r\n', '\n', '\r', '\r\n\r\n', ':', ': ', ' :', ','],
    ...['Host', 'host', 'HOST', 'Connection', 'keep-alive', 'close', 'Content-Length', '0', '5'],
    ...['Transfer-Encoding', 'chunked', 'Upgrade', 'Expect', 'X-A', 'Impersonate-User', '\0', 'é'],
  );
  const pieces = fc.array(fragment, { maxLength: 14 }).map((parts) => parts.join(''));
  const ordinary = fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'DELETE', 'OPTIONS'),
      fc.stringMatching(/^[!-~]{0,20}$/),
      fc.array(
        fc.tuple(
          fc.stringMatching(/^[A-Za-z][!#$%&'*+.^_`|~0-9A-Za-z-]{0,10}$/),
          fc.constantFrom(':', ': ', ':\t', ':  '),
          fc.stringMatching(/^[ -~\x80-\xff]{0,20}$/),
        ),
        { maxLength: 5 },
      ),
    )
    .map(([method, rest, fields]) => {
      const lines = fields.map(([name, colon, value]) => `${name}${colon}${value}\r\n`).join('');
      return `${method} /${rest} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
    });
  /** One byte put in, taken out or changed somewhere. */
  const damaged = fc
    .tuple(ordinary, fc.nat(), fc.constantFrom('in', 'out', 'change'), fc.nat({ max: 255 }))
    .map(([text, where, how, code]) => {
      const at = where % text.length;
      const byte = how === 'out' ? '' : String.fromCharCode(code);
      return text.slice(0, at) + byte + text.slice(how === 'in' ? at : at + 1);
    });

  test('whatever is taken for a plain request is the same request there', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(ordinary, damaged, pieces), async (text) => {
        const request = read(text);
        if (request === undefined) return;
        taken += 1;
        const theirs = await judge(text);
        assert.ok(theirs !== 'refused' && theirs !== 'nothing', JSON.stringify(text));
        assert.equal(theirs.method, request.method);
        assert.equal(theirs.url, request.target);
        assert.deepEqual(theirs.rawHeaders, request.rawHeaders);
        assert.equal(theirs.httpVersion, '1.1');
        assert.ok(theirs.complete || theirs.headers['content-length'] === undefined);
      }),
      { numRuns: 3_000 },
    );
    assert.ok(taken > 300, `only ${taken} were taken for plain requests`);
  });
});
