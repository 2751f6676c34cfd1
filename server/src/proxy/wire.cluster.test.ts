/**
 * What the API server does on the wire only where it is told to: it sends connections away
 * (`--goaway-chance`), and it speaks CBOR (feature gate CBORServingAndStorage). A cluster of its own.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type RequestOptions, request } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Lab, startLab } from '../../../lab/src/index.ts';
import { fail, toStatus } from '../errors.ts';
import { statusItem } from './cbor.ts';
import { readCbor } from './testCbor.ts';
import { giveAllRights, passageTo } from './testCluster.ts';
import { type House, PREFIX, startHouse, TOKEN, until } from './testing.ts';

const GROUP = 'sallyport:role:wire-test';
const MAPS = '/api/v1/namespaces/default/configmaps';
const THINGS = '/apis/wire.example/v1/things';
const WATCH = `${MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=0`;
const LIST = `${MAPS}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`;

let lab: Lab;
let house: House;
let relay: Server;
const relayed = new Set<Socket>();
/** Connections to the API server so far. */
let connections = 0;

before(async () => {
  lab = await startLab({
    version: '1.36',
    pods: 'off',
    apiServerFlags: {
      // The most that it takes: one request in fifty.
      'goaway-chance': '0.02',
      'feature-gates': 'CBORServingAndStorage=true',
    },
  });
  house = await startHouse();
  const passage = await passageTo(lab, house, [GROUP]);
  await giveAllRights(lab, GROUP);
  const { host, port } = passage.target;
  // So that connections can be counted; bytes pass, and TLS is between the two ends.
  relay = createServer((socket) => {
    connections++;
    const onward = connect(port, host);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      relayed.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        relayed.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const target = { ...passage.target, port: (relay.address() as AddressInfo).port };
  house.passage = { ...passage, target: { ...target, host: '127.0.0.1' } };
});

afterEach(() => {
  house.refusal = undefined;
});

after(async () => {
  await house?.close();
  relay?.close();
  for (const socket of relayed) socket.destroy();
  await lab?.stop();
});

/** A watch through the gateway, over HTTP/1.1; `bytes` is all of its body that has come. */
async function watch(path: string, accept: string, options: RequestOptions = {}) {
  const req = request({
    host: '127.0.0.1',
    port: house.port,
    servername: 'front.test',
    ca: house.ca,
    path: `${PREFIX}${path}`,
    headers: { authorization: `Bearer ${TOKEN}`, accept },
    agent: false,
    ...options,
  });
  req.end();
  const [res] = await once(req, 'response');
  assert.equal(res.statusCode, 200);
  const chunks: Buffer[] = [];
  res.on('data', (chunk: Buffer) => chunks.push(chunk));
  res.on('error', () => {});
  const ended = new Promise((resolve) => res.once('close', resolve));
  return {
    type: String(res.headers['content-type']),
    bytes: () => Buffer.concat(chunks),
    whole: () => res.complete,
    ended,
    close: () => req.destroy(),
  };
}

async function make(name: string): Promise<void> {
  const { status } = await lab.call('POST', MAPS, { metadata: { name } });
  assert.equal(status, 201);
}

/** What is around the list that a watch begins with, in each format that the API server has. */
const FORMATS = [
  ['JSON', 'application/json', 'application/json'],
  [
    'protobuf',
    'application/vnd.kubernetes.protobuf',
    'application/vnd.kubernetes.protobuf;stream=watch',
  ],
  ['CBOR', 'application/cbor', 'application/cbor-seq'],
] as const;

describe('a real API server that sends connections away', () => {
  it('loses no watch and fails no request, while many of them come and go', async () => {
    await make('before');
    const client = connectHttp2(`https://127.0.0.1:${house.port}`, {
      ca: house.ca,
      servername: 'front.test',
    });
    const began = connections;
    const get = (path: string) => {
      const stream = client.request({
        ':path': `${PREFIX}${path}`,
        authorization: `Bearer ${TOKEN}`,
      });
      let text = '';
      let status = 0;
      stream.on('response', (headers) => {
        status = Number(headers[':status']);
      });
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      const closed = once(stream, 'close');
      return { stream, closed, text: () => text, status: () => status };
    };
    const kept = Array.from({ length: 20 }, () => get(WATCH));
    // Without a GOAWAY, all watches fit on one connection, and the others on one of their own. How
    // many requests it takes until there were a few is up to chance: some 200.
    const isEnough = () => connections - began > 5;
    for (let i = 0; i < 5_000 && !isEnough(); i++) {
      const short = get(MAPS);
      const passing = get(WATCH);
      await until(() => passing.text().includes('"before"'), 'the first event');
      passing.stream.close();
      await short.closed;
      assert.equal(short.status(), 200);
    }
    assert.ok(isEnough(), `${connections - began} connections`);
    await make('after');
    for (const { text, stream } of kept) {
      await until(() => text().includes('"after"'), 'the event on a watch that was kept');
      stream.close();
    }
    await until(() => house.proxy.streams().length === 0, 'the end of all streams');
    await new Promise<void>((resolve) => client.close(() => resolve()));
  });
});

describe('a watch that begins with the list', () => {
  for (const [format, accept, type] of FORMATS) {
    it(`in ${format} is what the API server sends, byte for byte, to the bookmark that ends the list`, async () => {
      const { host, port, ca, authorization } = (await passageTo(lab, house, [])).target;
      const direct = await watch(LIST, accept, {
        ...{ host, port, ca, servername: undefined, path: LIST },
        headers: { authorization, accept },
      });
      const through = await watch(LIST, accept);
      assert.equal(through.type, type);
      const mark = 'k8s.io/initial-events-end';
      // Of an event, the last bytes may come by themselves.
      await until(
        () => direct.bytes().includes(mark) && direct.bytes().length === through.bytes().length,
        'the bookmark, by both ways',
      );
      assert.ok(through.bytes().length > 1_000);
      if (format === 'CBOR') {
        // The API server writes the fields of its objects in any order (`EncodeNondeterministic`).
        assert.equal(through.bytes().length, direct.bytes().length);
      } else assert.deepEqual(through.bytes(), direct.bytes());
      const before = through.bytes().length;
      await make(`seen-in-${format.toLowerCase()}`);
      await until(() => through.bytes().length > before, 'the event after the list');
      direct.close();
      through.close();
    });

    it(`in ${format} ends with the reason as its last event`, async () => {
      const stream = await watch(LIST, accept);
      await until(() => stream.bytes().includes('initial-events-end'), 'the list');
      house.refusal = fail('proxy.user_disabled', { username: 'ada' });
      await house.proxy.recheck();
      await stream.ended;
      assert.ok(stream.whole(), 'the answer is whole');
      const last = stream.bytes().toString('latin1').lastIndexOf('ERROR');
      assert.match(stream.bytes().toString('latin1').slice(last), /The user ada is disabled/);
    });
  }
});

describe('an event of ours in CBOR', () => {
  it('has the form of the API server’s own', async () => {
    // Its cache knows nothing of what was before it: such a watch is answered with one event.
    await defineThings();
    const stream = await watch(`${THINGS}?watch=1&resourceVersion=1`, 'application/cbor');
    await stream.ended;
    const theirs = readCbor(stream.bytes()) as WatchEvent;
    const ours = readCbor(
      statusItem(toStatus(fail('proxy.namespaces_changed', { environment: 'lab' }))),
    ) as WatchEvent;
    assert.equal(theirs.type, 'ERROR');
    assert.equal(ours.type, 'ERROR');
    for (const [field, value] of Object.entries(theirs.object)) {
      if (field !== 'message') assert.deepEqual(ours.object[field], value, field);
    }
    // Both begin with the tag by which clients know CBOR, and so do both objects.
    const tag = Buffer.from('d9d9f7', 'hex');
    for (const bytes of [stream.bytes(), statusItem(toStatus(fail('request.timeout')))]) {
      assert.ok(bytes.subarray(0, 3).equals(tag));
      assert.notEqual(bytes.indexOf(tag, 3), -1);
    }
  });
});

/** Makes a kind of object, and waits until the API server has it. */
async function defineThings(): Promise<void> {
  const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const { status } = await lab.call(
    'POST',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    {
      metadata: { name: 'things.wire.example' },
      spec: {
        group: 'wire.example',
        scope: 'Cluster',
        names,
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    },
  );
  assert.equal(status, 201);
  let there = false;
  while (!there) there = (await lab.call('GET', THINGS)).status === 200;
}

interface WatchEvent {
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
}
