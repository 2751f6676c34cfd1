/** Our client beside node:http2 (nghttp2): the same bytes of a server, read by both. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TYPE } from '../../../http2/frames.ts';
import { splitFrames } from '../../../http2/testing.ts';
import { Session } from './session.ts';
import { Asker, PREFACE_LENGTH, settled } from './testing.ts';

interface Answer {
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

interface Outcome {
  /** A whole answer, if there was one. */
  readonly answer: Answer | undefined;
  /** All that the server sent. */
  readonly bytes: Buffer;
}

const SESSION = { onReady: () => {}, onGone: () => {} };

function inPairs(flat: readonly string[]): Array<readonly [string, string]> {
  const pairs: Array<readonly [string, string]> = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? '']);
  return pairs;
}

function answerOf({ head, text, trailers }: Asker): Answer | undefined {
  if (head === undefined || trailers === undefined) return undefined;
  return {
    status: head.status,
    fields: inPairs(head.fields),
    body: text,
    trailers: inPairs(trailers),
  };
}

/** Asks a server of node:http2 by our client. */
async function record(wanted: Answer): Promise<Outcome> {
  const [client, peer] = duplexPair();
  const server = createServer();
  server.on('sessionError', () => {});
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    const waitForTrailers = wanted.trailers.length > 0;
    stream.respond(
      { ':status': wanted.status, ...Object.fromEntries(wanted.fields) },
      { waitForTrailers },
    );
    stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(wanted.trailers)));
    stream.end(Buffer.from(wanted.body, 'latin1'));
  });
  const chunks: Buffer[] = [];
  server.emit('connection', peer);
  const session = new Session(client, SESSION);
  client.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  const asker = new Asker(session);
  for (let n = 0; n < 50 && asker.trailers === undefined; n++) await settled();
  session.destroy();
  peer.destroy();
  return { answer: answerOf(asker), bytes: Buffer.concat(chunks) };
}

/**
 * Gives recorded bytes to our client, piece by piece, until it has a whole answer or none can come.
 *
 * @returns the answer, and how many bytes it took
 */
async function byOurs(pieces: readonly Buffer[]): Promise<{ answer?: Answer; used: number }> {
  const [client, peer] = duplexPair();
  peer.on('data', () => {});
  peer.on('error', () => {});
  const session = new Session(client, SESSION);
  const asker = new Asker(session);
  const over = () => asker.trailers !== undefined || asker.failure !== undefined;
  await settled();
  let used = 0;
  for (const piece of pieces) {
    if (over()) break;
    peer.write(Buffer.from(piece));
    used += piece.length;
    await settled();
  }
  if (!over()) peer.end();
  await settled();
  assert.ok(over(), 'it is over, well or not');
  session.destroy();
  const answer = answerOf(asker);
  return answer === undefined ? { used } : { answer, used };
}

function cut(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

/** Pieces of a frame each, as far as their headers say where they end. */
function byFrames(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { payload } of splitFrames(bytes)) {
    pieces.push(bytes.subarray(at, at + 9 + payload.length));
    at += 9 + payload.length;
  }
  return [...pieces, bytes.subarray(at)];
}

/** Gives recorded bytes to the client of node:http2. */
async function byNode(bytes: Buffer): Promise<Answer | undefined> {
  const [client, peer] = duplexPair();
  const asked = Promise.withResolvers<void>();
  let seen = Buffer.alloc(0);
  peer.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const frames = splitFrames(seen.subarray(PREFACE_LENGTH));
    if (frames.some(({ type }) => type === TYPE.HEADERS)) asked.resolve();
  });
  peer.on('error', () => {});
  const settings = { headerTableSize: 0, enablePush: false };
  const session = connect('http://api.test', { createConnection: () => client, settings });
  session.on('error', () => {});
  const request = session.request({ ':path': '/x' });
  let answer: Answer | undefined;
  let whole = false;
  request.on('error', () => {});
  request.on('response', (headers, _flags, raw?: string[]) => {
    const fields = inPairs(raw ?? []).filter(([name]) => !name.startsWith(':'));
    answer = { status: Number(headers[':status']), fields, body: '', trailers: [] };
  });
  // Where all comes at once, node:http2 tells of the body before the head.
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString('latin1');
  });
  let trailers: Answer['trailers'] = [];
  request.on('trailers', (_headers, _flags, raw?: string[]) => {
    trailers = inPairs(raw ?? []);
  });
  request.on('end', () => {
    whole = request.rstCode === 0;
  });
  await asked.promise;
  const closed = once(request, 'close').catch(() => {});
  peer.end(bytes);
  await closed;
  peer.destroy();
  session.destroy();
  return whole && answer !== undefined ? { ...answer, body, trailers } : undefined;
}

const name = fc.stringMatching(/^x-[a-z0-9-]{1,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
const fields = fc.uniqueArray(fc.tuple(name, value), { maxLength: 5, selector: ([key]) => key });
const answers: fc.Arbitrary<Answer> = fc.record(
  {
    status: fc.constantFrom(200, 201, 404, 410, 500),
    fields,
    body: fc.oneof(
      fc.stringMatching(/^[ -~]{0,200}$/),
      fc.integer({ min: 0, max: 60_000 }).map((size) => 'y'.repeat(size)),
    ),
    trailers: fields,
  },
  { noNullPrototype: true },
);
const withoutDate = (answer: Answer | undefined) =>
  answer && { ...answer, fields: answer.fields.filter(([key]) => key !== 'date') };

describe('our HTTP/2 client and nghttp2', () => {
  it('read the same answers, in whatever pieces they come', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.integer({ min: 20, max: 5_000 }), async (wanted, size) => {
        const { answer, bytes } = await record(wanted);
        assert.deepEqual(withoutDate(answer), wanted);
        assert.deepEqual((await byOurs(cut(bytes, size))).answer, answer);
        assert.deepEqual(await byNode(bytes), answer);
      }),
      { numRuns: 40 },
    );
  });

  it('do not differ about what ours takes for whole, where bytes have been damaged', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    let whole = 0;
    let refused = 0;
    const recorded = await Promise.all(
      fc.sample(answers, 12).map(async (wanted) => (await record(wanted)).bytes),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...recorded),
        damage,
        fc.boolean(),
        async (bytes, bits, early) => {
          const damaged = Buffer.from(bytes);
          // Where the frames and the fields are, most bytes mean something.
          const reach = early ? Math.min(damaged.length, 250) : damaged.length;
          for (const [at, octet] of bits) damaged[at % reach] = octet;
          const { answer, used } = await byOurs(byFrames(damaged));
          if (answer === undefined) refused++;
          else whole++;
          // What comes behind the answer may end the connection, and then node:http2 loses it.
          const bytesOfAnswer = damaged.subarray(0, used);
          if (answer !== undefined) assert.deepEqual(await byNode(bytesOfAnswer), answer);
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(whole > 10 && refused > 10, `${whole} whole, ${refused} refused`);
  });
});
