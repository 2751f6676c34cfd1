import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { fail } from '../errors.ts';
import { askRaw, dial, type House, PREFIX, startHouse, TOKEN, until } from './testing.ts';

const EXEC = '/api/v1/namespaces/a/pods/p/exec?command=sh';

function upgradeRequest(
  protocol: string,
  headers = '',
  credential = `Authorization: Bearer ${TOKEN}\r\n`,
) {
  return `GET ${PREFIX}${EXEC} HTTP/1.1\r\nHost: front.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${protocol}\r\n${credential}${headers}\r\n`;
}

const SWITCH_SPDY =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nSet-Cookie: a=b\r\n\r\n';
const SWITCH_WEBSOCKET =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n';

interface Dialog {
  readonly socket: TLSSocket;
  readonly text: () => string;
  readonly bytes: () => Buffer;
}

async function open(house: House, request: string): Promise<Dialog> {
  const socket = await dial(house);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.write(request, 'latin1');
  const bytes = () => Buffer.concat(chunks);
  return { socket, bytes, text: () => bytes().toString('latin1') };
}

describe('an upgrade', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(() => house.close());

  for (const [protocol, answer] of [
    ['SPDY/3.1', SWITCH_SPDY],
    ['websocket', SWITCH_WEBSOCKET],
  ] as const) {
    it(`to ${protocol} is spliced after a 101, early bytes of both sides included`, async () => {
      house.upstream.respond = (_, socket) => {
        socket.write(`${answer}early from upstream `);
        socket.removeAllListeners('data');
        socket.on('data', (chunk) => socket.write(chunk));
      };
      const { socket, text } = await open(house, `${upgradeRequest(protocol)}early from client `);
      await until(() => text().includes('early from client '), 'the echo');
      socket.write('later ');
      await until(() => text().endsWith('later '), 'the second echo');
      const [head = '', rest] = text().split('\r\n\r\n');
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.match(head, new RegExp(`\\r\\nUpgrade: ${protocol}`));
      assert.match(head, /\r\nConnection: Upgrade/);
      assert.doesNotMatch(head, /cookie/i);
      assert.equal(rest, 'early from upstream early from client later ');
      const [seen] = house.upstream.requests;
      assert.deepEqual(seen?.headers.get('connection'), ['Upgrade']);
      assert.deepEqual(seen?.headers.get('upgrade'), [protocol]);
      assert.deepEqual(seen?.headers.get('impersonate-user'), ['sallyport:ada']);
      assert.equal(house.proxy.streams()[0]?.subresource, 'exec');
      socket.end();
      await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
      await until(() => house.proxy.streams().length === 0, 'the end of the stream');
      assert.equal(house.events.at(-1)?.status, 101);
    });
  }

  it('carries megabytes both ways, byte for byte, to a reader that stops and goes', async () => {
    house.upstream.respond = (_, socket) => {
      socket.write(SWITCH_SPDY);
      socket.removeAllListeners('data');
      socket.pipe(socket);
    };
    const { socket, bytes } = await open(house, upgradeRequest('SPDY/3.1'));
    await until(() => bytes().includes('\r\n\r\n'), 'the 101');
    const start = bytes().indexOf('\r\n\r\n') + 4;
    const sent = Buffer.alloc(4 * 1024 * 1024, 'abcdefg');
    socket.write(sent);
    for (let i = 0; i < 5; i++) {
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 10));
      socket.resume();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await until(() => bytes().length === start + sent.length, 'all bytes');
    assert.ok(bytes().subarray(start).equals(sent));
    socket.destroy();
  });

  it('that is refused is relayed whole, and the connection behind it destroyed', async () => {
    house.upstream.respond = (_, socket) => {
      socket.write(
        'HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n',
      );
    };
    // What the client sends on must not reach the API server (CVE-2018-1002105).
    const smuggled = 'GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\n\r\n';
    const text = await askRaw(house, `${upgradeRequest('websocket')}${smuggled}`);
    assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.match(text, /\r\nconnection: close/i);
    assert.match(text, /\{"a":/);
    assert.match(text, /0\r\n\r\n$/);
    assert.equal(house.upstream.requests.length, 1);
    assert.doesNotMatch(house.upstream.received(), /secrets/);
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
  });

  it('that is answered with 200 is no upgrade either', async () => {
    house.upstream.respond = (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nok');
    };
    const text = await askRaw(house, `${upgradeRequest('websocket')}more`);
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(text, /upgrade: websocket/i);
    assert.match(text, /ok$/);
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
  });

  it('to a protocol that nobody asked for is an error', async () => {
    house.upstream.respond = (_, socket) => socket.write(SWITCH_WEBSOCKET);
    const text = await askRaw(house, upgradeRequest('SPDY/3.1'));
    assert.match(text, /^HTTP\/1\.1 502 /);
    assert.match(text, /proxy\.upstream_broken/);
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
  });

  it('is answered with a whole Status when the cluster cannot be reached', async () => {
    const { target } = house.passage;
    house.passage = { ...house.passage, target: { ...target, port: 1, generation: '2' } };
    const text = await askRaw(house, upgradeRequest('websocket'));
    assert.match(text, /^HTTP\/1\.1 503 /);
    assert.match(text, /environment north cannot be reached/);
  });

  for (const [why, request, status] of [
    ['without a credential', upgradeRequest('websocket', '', ''), 401],
    ['to h2c', upgradeRequest('h2c'), 400],
    ['to TLS', upgradeRequest('TLS/1.2'), 400],
    ['to two protocols', upgradeRequest('websocket, SPDY/3.1'), 400],
    ['with a body', upgradeRequest('websocket', 'Content-Length: 5\r\n'), 400],
    ['with a chunked body', upgradeRequest('websocket', 'Transfer-Encoding: chunked\r\n'), 400],
    ['with Impersonate-User', upgradeRequest('websocket', 'Impersonate-User: root\r\n'), 403],
    [
      'with an impersonating subprotocol',
      upgradeRequest(
        'websocket',
        'Sec-WebSocket-Protocol: v5.channel.k8s.io, Impersonate-User\r\n',
      ),
      403,
    ],
    ['with two credentials', upgradeRequest('websocket', 'Authorization: Bearer x\r\n'), 400],
  ] as const) {
    it(`${why} is refused, and nothing reaches the API server`, async () => {
      const text = await askRaw(house, request);
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(text, /"kind":"Status"/);
      assert.equal(house.upstream.connections(), 0);
    });
  }

  it('takes a bearer token among the subprotocols, and does not pass it on', async () => {
    house.upstream.respond = (_, socket) => socket.write(SWITCH_WEBSOCKET);
    const encoded = Buffer.from(TOKEN).toString('base64url');
    const protocols = `Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.${encoded}, v5.channel.k8s.io\r\n`;
    const { socket, text } = await open(house, upgradeRequest('websocket', protocols, ''));
    await until(() => text().includes('101'), 'the 101');
    assert.deepEqual(house.upstream.requests[0]?.headers.get('sec-websocket-protocol'), [
      'v5.channel.k8s.io',
    ]);
    assert.ok(!house.upstream.received().includes(encoded));
    socket.destroy();
  });

  it('leaves nothing half open when the API server ends', async () => {
    let upstream: TLSSocket | undefined;
    house.upstream.respond = (_, socket) => {
      upstream = socket;
      socket.write(SWITCH_SPDY);
    };
    const { socket, text } = await open(house, upgradeRequest('SPDY/3.1'));
    await until(() => text().includes('101'), 'the 101');
    const closed = once(socket, 'close');
    upstream?.end('last words');
    await closed;
    assert.match(text(), /last words$/);
    await until(() => house.proxy.streams().length === 0, 'the end of the stream');
  });

  it('leaves nothing half open when either side is cut', async () => {
    for (const side of ['client', 'upstream'] as const) {
      let upstream: TLSSocket | undefined;
      house.upstream.respond = (_, socket) => {
        upstream = socket;
        socket.write(SWITCH_SPDY);
      };
      const { socket, text } = await open(house, upgradeRequest('SPDY/3.1'));
      await until(() => text().includes('101'), 'the 101');
      const closed = once(side === 'client' ? (upstream as TLSSocket) : socket, 'close');
      if (side === 'client') socket.destroy();
      else upstream?.destroy();
      await closed;
      await until(() => house.proxy.streams().length === 0, 'the end of the stream');
    }
  });

  it('has no limit of time, however quiet it is', async (t) => {
    let later = 0;
    const patient = await startHouse({ now: () => Date.now() + later });
    t.after(() => patient.close());
    for (const [protocol, answer] of [
      ['SPDY/3.1', SWITCH_SPDY],
      ['websocket', SWITCH_WEBSOCKET],
    ] as const) {
      patient.upstream.respond = (_, socket) => {
        socket.write(answer);
        socket.removeAllListeners('data');
        socket.on('data', (chunk) => socket.write(chunk));
      };
      const { socket, text } = await open(patient, upgradeRequest(protocol));
      await until(() => text().includes('101'), 'the 101');
      later += 7 * 86_400_000;
      // Long enough for whatever looks at the clock to have looked at it.
      await new Promise((resolve) => setTimeout(resolve, 700));
      socket.write('still there');
      await until(() => text().endsWith('still there'), 'the echo');
      socket.destroy();
    }
  });

  it('over WebSocket ends with a close frame that says why, when access is lost', async () => {
    house.upstream.respond = (_, socket) => {
      socket.write(
        Buffer.concat([Buffer.from(SWITCH_WEBSOCKET), Buffer.from([0x82, 2, 0x41, 0x42])]),
      );
    };
    const { socket, bytes } = await open(house, upgradeRequest('websocket'));
    await until(() => bytes().includes('AB'), 'the first frame');
    house.refusal = fail('proxy.kubeconfig_revoked', { time: '12:00', url: 'https://front.test' });
    const closed = once(socket, 'close');
    await house.proxy.recheck();
    await closed;
    const frame = bytes().subarray(bytes().indexOf('AB') + 2);
    assert.equal(frame[0], 0x88);
    assert.equal(frame.readUInt16BE(2), 1008);
    assert.match(frame.subarray(4).toString(), /revoked at 12:00/);
    assert.equal(house.events.at(-1)?.code, 'proxy.kubeconfig_revoked');
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
  });

  it('is cut where no close frame can follow, when access is lost', async () => {
    for (const [protocol, begun] of [
      ['websocket', Buffer.concat([Buffer.from(SWITCH_WEBSOCKET), Buffer.from([0x82, 9, 0x41])])],
      ['SPDY/3.1', Buffer.from(`${SWITCH_SPDY}A`)],
    ] as const) {
      house.refusal = undefined;
      house.upstream.respond = (_, socket) => socket.write(begun);
      const { socket, text } = await open(house, upgradeRequest(protocol));
      await until(() => text().endsWith('A'), 'the first bytes');
      house.refusal = fail('proxy.user_disabled', { username: 'ada' });
      const closed = once(socket, 'close');
      await house.proxy.recheck();
      await closed;
      assert.ok(text().endsWith('A'));
      await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
    }
  });
});
