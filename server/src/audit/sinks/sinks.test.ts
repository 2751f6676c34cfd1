import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { eventually } from '../../store/testing.ts';
import { type AuditRecord, recordOfRequest } from '../record.ts';
import { aRequest, silent } from '../testing.ts';
import { createFileDelivery, type FileOptions } from './file.ts';
import { createSink, type Delivery, type Sink } from './sink.ts';
import { createSyslogDelivery, syslogMessage } from './syslog.ts';
import { createWebhookDelivery } from './webhook.ts';

const record = (requestId: string, status = 200): AuditRecord =>
  recordOfRequest(aRequest({ requestId, status }), 'production');
const idsIn = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).auditID);

let folder: string;
const cleanups: Array<() => unknown> = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-sinks-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

function sinkOf(delivery: Delivery, options: { capacity?: number } = {}): Sink {
  const sink = createSink(delivery, { logger: silent, retryMs: 5, closeMs: 500, ...options });
  cleanups.push(() => sink.close());
  return sink;
}

describe('a sink', () => {
  test('keeps what it can of a dead other side, in order, and sends it when it is back', async () => {
    let works = false;
    const sent: string[] = [];
    const sink = sinkOf(
      {
        name: 'test',
        batch: 2,
        async send(records) {
          if (!works) throw new Error('nobody is there');
          sent.push(...records.map(({ event }) => JSON.parse(event).auditID));
        },
      },
      { capacity: 3 },
    );
    for (const id of ['a', 'b', 'c', 'd', 'e']) sink.offer([record(id)]);
    works = true;
    await eventually(() => sent.length === 3);
    sink.offer([record('f')]);
    await eventually(() => sent.length === 4);
    assert.deepEqual(sent, ['a', 'b', 'c', 'f']);
  });

  test('that hangs holds up neither those who tell nor the end', async () => {
    const sink = createSink(
      {
        name: 'test',
        batch: 1,
        send: (_, signal) => once(signal, 'abort').then(() => {}),
      },
      { logger: silent, closeMs: 10 },
    );
    sink.offer([record('a'), record('b')]);
    await sink.close();
  });
});

describe('the file', () => {
  const start = (over: Partial<FileOptions> = {}) => {
    const path = join(folder, 'audit.log');
    const options = { path, maxBytes: 1e9, maxAgeMs: 0, keep: 2, ...over };
    return { path, delivery: createFileDelivery(options) };
  };
  const never = new AbortController().signal;

  test('holds an event a line, readable by its owner alone, and goes on after a restart', async () => {
    const { path, delivery } = start();
    await delivery.send([record('a'), record('b')], never);
    await delivery.close?.();
    const again = start().delivery;
    await again.send([record('c')], never);
    await again.close?.();
    assert.deepEqual(idsIn(readFileSync(path, 'utf8')), ['a', 'b', 'c']);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('is put aside when it would be too large, and only so many are kept', async () => {
    let time = Date.parse('2026-08-04T09:30:00.000Z');
    const { path, delivery } = start({
      maxBytes: 2 * record('a').event.length + 10,
      now: () => (time += 1_000),
    });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      await delivery.send([record(id)], never);
    }
    await delivery.close?.();
    assert.deepEqual(idsIn(readFileSync(path, 'utf8')), ['g', 'h']);
    const aside = readdirSync(folder)
      .filter((name) => name !== 'audit.log')
      .sort();
    assert.equal(aside.length, 2);
    assert.match(aside[0] ?? '', /^audit-2026-08-04T09-30-\d\d\.\d{3}\.log$/);
    assert.deepEqual(
      aside.map((name) => idsIn(readFileSync(join(folder, name), 'utf8'))),
      [
        ['c', 'd'],
        ['e', 'f'],
      ],
    );
  });

  test('is put aside when it is old', async () => {
    let time = Date.now();
    const { path, delivery } = start({ maxAgeMs: 3_600_000, now: () => time });
    await delivery.send([record('a')], never);
    time += 3_599_000;
    await delivery.send([record('b')], never);
    time += 1_000;
    await delivery.send([record('c')], never);
    await delivery.close?.();
    assert.deepEqual(idsIn(readFileSync(path, 'utf8')), ['c']);
    assert.equal(readdirSync(folder).length, 2);
  });

  test('is begun anew where somebody took it away', async () => {
    const { path, delivery } = start();
    await delivery.send([record('a')], never);
    renameSync(path, `${path}.1`);
    await delivery.send([record('b')], never);
    await delivery.close?.();
    assert.deepEqual(idsIn(readFileSync(path, 'utf8')), ['b']);
  });
});

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly ids: string[];
}

describe('the webhook', () => {
  /** A collector that answers with these, one after the other, and then with 200. */
  async function startCollector(...answers: number[]) {
    const posts: Post[] = [];
    const server = createHttpServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk);
      const list = JSON.parse(Buffer.concat(chunks).toString());
      assert.deepEqual([list.kind, list.apiVersion], ['EventList', 'audit.k8s.io/v1']);
      const ids = list.items.map((event: { auditID: string }) => event.auditID);
      posts.push({ headers: req.headers, ids });
      res.writeHead(answers.shift() ?? 200, { location: '/elsewhere' }).end('fine');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return { posts, url: `http://127.0.0.1:${port}/audit` };
  }

  test('posts lists of events, with the token', async () => {
    const { posts, url } = await startCollector();
    const sink = sinkOf(createWebhookDelivery({ url, token: 'opensesame' }));
    sink.offer([record('a'), record('b')]);
    await eventually(() => posts.length === 1);
    assert.deepEqual(posts[0]?.ids, ['a', 'b']);
    assert.equal(posts[0]?.headers.authorization, 'Bearer opensesame');
  });

  test('repeats what may pass', async () => {
    const { posts, url } = await startCollector(503, 429, 500);
    const sink = sinkOf(createWebhookDelivery({ url, token: undefined }));
    sink.offer([record('a')]);
    await eventually(() => posts.length === 4);
    sink.offer([record('b')]);
    await eventually(() => posts.length === 5);
    assert.deepEqual(posts.at(-1)?.ids, ['b']);
  });

  test('does not repeat what the other side calls wrong', async () => {
    const { posts, url } = await startCollector(422);
    const sink = sinkOf(createWebhookDelivery({ url, token: undefined }));
    sink.offer([record('a')]);
    await eventually(() => posts.length === 1);
    sink.offer([record('b')]);
    await eventually(() => posts.length === 2);
    assert.deepEqual(posts.at(-1)?.ids, ['b']);
  });

  test('does not follow a redirect with events and token', async () => {
    const { posts, url } = await startCollector(307);
    const sink = sinkOf(createWebhookDelivery({ url, token: 'opensesame' }));
    sink.offer([record('a')]);
    await eventually(() => posts.length === 2);
    assert.deepEqual(posts.at(-1)?.ids, ['a']);
  });
});

describe('syslog', () => {
  const HEADER =
    /^<(\d+)>1 2023-11-14T22:13:20\.012Z [\x21-\x7e]{1,255} sallyport \d+ audit - (\{.*\})$/;
  const readMessage = (message: string) => {
    const [, priority, event = ''] = HEADER.exec(message) ?? [];
    assert.ok(priority, message);
    return [Number(priority), JSON.parse(event).auditID];
  };

  /** A server that divides what it gets by the lengths in front (RFC 6587, 3.4.1). */
  async function startStream(listen: { port: number; host: string } | { path: string }) {
    const messages: string[] = [];
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      let rest = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk]);
        for (;;) {
          const blank = rest.indexOf(' ');
          const length = Number(rest.subarray(0, blank).toString());
          if (blank === -1 || rest.length < blank + 1 + length) return;
          messages.push(rest.subarray(blank + 1, blank + 1 + length).toString());
          rest = rest.subarray(blank + 1 + length);
        }
      });
    });
    server.listen(listen);
    await once(server, 'listening');
    const stop = () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    };
    return { messages, server, sockets, stop };
  }

  test('has a header of RFC 5424, and a priority that tells refusals apart', () => {
    const message = (status: number) => syslogMessage(record('a', status), 'gate', 7).toString();
    assert.deepEqual(readMessage(message(200)), [110, 'a']);
    assert.deepEqual(readMessage(message(403)), [109, 'a']);
  });

  test('goes by UDP, a datagram an event', async () => {
    const messages: string[] = [];
    const server = createSocket('udp4', (message) => messages.push(message.toString()));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const { port } = server.address();
    const sink = sinkOf(createSyslogDelivery({ protocol: 'udp', host: '127.0.0.1', port }));
    sink.offer([record('a'), record('b')]);
    await eventually(() => messages.length === 2);
    assert.deepEqual(
      messages.map((message) => readMessage(message)[1]),
      ['a', 'b'],
    );
  });

  test('goes by TCP, each with its length, and again where the server was away', async () => {
    // An address that nobody else uses, so that nobody takes the port meanwhile.
    const host = '127.0.0.2';
    const first = await startStream({ port: 0, host });
    const { port } = first.server.address() as AddressInfo;
    const sink = sinkOf(createSyslogDelivery({ protocol: 'tcp', host, port }));
    sink.offer([record('a'), record('Größe')]);
    await eventually(() => first.messages.length === 2);
    assert.deepEqual(
      first.messages.map((message) => readMessage(message)[1]),
      ['a', 'Größe'],
    );
    await first.stop();
    sink.offer([record('c')]);
    const second = await startStream({ port, host });
    cleanups.push(second.stop);
    await eventually(async () => {
      sink.offer([record('d')]);
      return second.messages.length > 0;
    });
  });

  test('is not waited for at the end by one that is silent, or takes nothing', async () => {
    const server = await startStream({ port: 0, host: '127.0.0.1' });
    cleanups.push(server.stop);
    server.server.on('connection', (socket) => socket.pause());
    const { port } = server.server.address() as AddressInfo;
    // More than both kernels keep for it.
    const large = Array.from({ length: 20_000 }, (_, n) => record(String(n)));
    for (const [protocol, records] of [
      ['tls', [record('a')]],
      ['tcp', large],
    ] as const) {
      const stopping = new AbortController();
      const delivery = createSyslogDelivery({ protocol, host: 'localhost', port });
      const connected = once(server.server, 'connection');
      const sent = delivery.send(records, stopping.signal);
      sent.catch(() => {});
      const [socket] = (await connected) as [Socket];
      await eventually(() => socket.bytesRead > 0);
      stopping.abort();
      await assert.rejects(sent, { name: 'AbortError' });
    }
  });

  test('goes by a Unix socket', async () => {
    const path = join(folder, 'log');
    const server = await startStream({ path });
    cleanups.push(server.stop);
    const sink = sinkOf(createSyslogDelivery({ protocol: 'unix', path }));
    sink.offer([record('a')]);
    await eventually(() => server.messages.length === 1);
    assert.equal(readMessage(server.messages[0] ?? '')[1], 'a');
  });
});
