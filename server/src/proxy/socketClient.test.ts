import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { SocketClient, type Turn } from './socketClient.ts';
import { until } from './testing.ts';
import { ResponseParser } from './upstream/parser.ts';

/** One connection: `turn` is the server's end, and `text` what has come at the client's. */
interface Pair {
  readonly turn: Omit<Turn, 'last'> & { last: boolean; again: boolean | undefined };
  readonly remote: Socket;
  text(): string;
}

let server: Server;
const accepted: Array<(socket: Socket) => void> = [];

before(async () => {
  server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    accepted.shift()?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

async function openPair(): Promise<Pair> {
  const socket = new Promise<Socket>((resolve) => accepted.push(resolve));
  const remote = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  remote.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  remote.on('error', () => {});
  const turn: Pair['turn'] = {
    socket: await socket,
    last: false,
    onGone: undefined,
    onDrain: undefined,
    again: undefined,
    done(again) {
      turn.again = again;
    },
  };
  turn.socket.on('close', () => turn.onGone?.());
  turn.socket.on('drain', () => turn.onDrain?.());
  return { turn, remote, text: () => text };
}

async function withPair(run: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await openPair();
  try {
    await run(pair);
  } finally {
    pair.remote.destroy();
    pair.turn.socket.destroy();
  }
}

/** Reads one answer by the strict reader of the other side, which takes nothing that is ambiguous. */
function parse(text: string, toHead: boolean) {
  const found = {
    status: 0,
    fields: [] as string[],
    body: '',
    trailers: [] as string[],
    over: false,
  };
  const parser = new ResponseParser({
    onInformational: () => assert.fail('a 1xx'),
    onHead: ({ status, fields }) => Object.assign(found, { status, fields: [...fields] }),
    onBody: (chunk) => {
      found.body += chunk.toString('latin1');
    },
    onComplete: (trailers) => Object.assign(found, { trailers: [...trailers], over: true }),
  });
  parser.expect(toHead, false);
  parser.execute(Buffer.from(text, 'latin1'));
  return found;
}

describe('the answer to a plain request', () => {
  test('that is short goes out in one write, with its length', () =>
    withPair(async ({ turn, text }) => {
      let writes = 0;
      const write = turn.socket.write.bind(turn.socket) as (...args: unknown[]) => boolean;
      turn.socket.write = (...args: unknown[]) => {
        writes += 1;
        return write(...args);
      };
      const client = new SocketClient(turn, 'GET');
      client.head(200, ['content-type', 'text/plain', 'date', 'today']);
      client.write(Buffer.from('short'));
      client.end([]);
      client.flush();
      assert.equal(writes, 1);
      assert.equal(turn.again, true);
      await until(() => text().endsWith('short'), 'the answer');
      assert.equal(
        text(),
        'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: today\r\ncontent-length: 5\r\n' +
          'connection: keep-alive\r\nkeep-alive: timeout=120\r\n\r\nshort',
      );
    }));

  test('says when it was made where the API server did not', () =>
    withPair(async ({ turn, text }) => {
      const client = new SocketClient(turn, 'GET');
      client.head(200, []);
      client.end([]);
      await until(() => text().endsWith('\r\n\r\n'), 'the answer');
      const date = /\r\ndate: (.+ GMT)\r\n/.exec(text())?.[1] ?? '';
      assert.ok(Math.abs(Date.parse(date) - Date.now()) < 60_000, date);
    }));

  test('says that it is the last where the listener has begun to stop meanwhile', () =>
    withPair(async ({ turn, text }) => {
      const client = new SocketClient(turn, 'GET');
      client.head(200, []);
      turn.last = true;
      client.end([]);
      assert.equal(turn.again, false);
      await until(() => /\r\nconnection: close\r\n\r\n$/.test(text()), 'the answer');
      assert.doesNotMatch(text(), /keep-alive/);
    }));

  test('is refused whole where one of its values would end its line', () =>
    withPair(async ({ turn, text }) => {
      const client = new SocketClient(turn, 'GET');
      assert.throws(() => client.head(200, ['a', 'b\r\nset-cookie: c']));
      client.abort();
      await until(() => turn.socket.destroyed, 'the end');
      assert.equal(text(), '');
    }));

  test('tells of a client that goes before it is whole, and of none that goes after', () =>
    withPair(async ({ turn, remote }) => {
      let gone = 0;
      const client = new SocketClient(turn, 'GET');
      client.onClose(() => {
        gone += 1;
      });
      remote.destroy();
      await until(() => turn.socket.closed, 'the end');
      assert.equal(gone, 1);
      assert.equal(client.closed, true);
    }));

  test('tells when a client has taken all of it, where that is asked after its end', () =>
    withPair(async ({ turn }) => {
      const client = new SocketClient(turn, 'GET');
      client.head(200, []);
      client.end([]);
      assert.equal(client.closed, true);
      await new Promise<void>((resolve) => client.onClose(resolve));
    }));

  test('waits for a client that reads slowly, and goes on once', () =>
    withPair(async ({ turn, remote, text }) => {
      remote.pause();
      const client = new SocketClient(turn, 'GET');
      client.head(200, ['content-length', String(8 * 1024 * 1024)]);
      let drained = 0;
      let written = 0;
      const go = () => {
        drained += 1;
        while (written < 8) {
          written += 1;
          if (!client.write(Buffer.alloc(1024 * 1024, 'x'))) return client.onDrain(go);
        }
        client.end([]);
      };
      go();
      assert.equal(drained, 1);
      remote.resume();
      await until(() => turn.again === true, 'the end');
      assert.ok(drained > 1);
      await until(() => text().length > 8 * 1024 * 1024, 'the body');
      assert.equal(turn.onDrain, undefined);
    }));

  const field = fc.tuple(
    fc.stringMatching(/^x-[a-z]{1,8}$/),
    fc.stringMatching(/^(?:[!-~](?:[ -~]{0,20}[!-~])?)?$/),
  );
  test('is the same to a strict reader, however its pieces and flushes fall', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom('GET', 'HEAD', 'DELETE'),
          status: fc.constantFrom(200, 201, 204, 304, 404, 503, 299),
          fields: fc.array(field, { maxLength: 4 }),
          pieces: fc.array(
            fc.record({ size: fc.integer({ min: 0, max: 40_000 }), flush: fc.boolean() }),
            { maxLength: 5 },
          ),
          flush: fc.boolean(),
          told: fc.boolean(),
          trailers: fc.array(field, { maxLength: 2 }),
        }),
        ({ method, status, fields, pieces, flush, told, trailers }) =>
          withPair(async ({ turn, remote, text }) => {
            const bodiless = method === 'HEAD' || status === 204 || status === 304;
            const body = pieces.map(({ size }, n) => Buffer.alloc(bodiless ? 0 : size, 97 + n));
            const length = body.reduce((sum, piece) => sum + piece.length, 0);
            const client = new SocketClient(turn, method);
            const lengthField = told ? ['content-length', String(length)] : [];
            client.head(status, [...fields.flat(), ...lengthField]);
            if (flush) client.flush();
            for (const [n, piece] of body.entries()) {
              client.write(piece);
              if (pieces[n]?.flush) client.flush();
            }
            client.end(told ? [] : trailers.flat());
            assert.equal(turn.again, true);
            turn.socket.end();
            await once(remote, 'close');
            const found = parse(text(), method === 'HEAD');
            assert.equal(found.status, status);
            assert.equal(found.over, true);
            assert.equal(found.body, Buffer.concat(body).toString('latin1'));
            for (const [name, value] of fields) {
              assert.ok(
                found.fields.some((one, i) => one === name && found.fields[i + 1] === value),
              );
            }
            const sent = told || bodiless ? [] : trailers.flat();
            assert.deepEqual(found.trailers, sent);
          }),
      ),
      { numRuns: 150 },
    );
  });
});
