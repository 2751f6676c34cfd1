import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { fail } from '../errors.ts';
import { ask, dial, type House, PREFIX, startHouse, TOKEN, testTarget, until } from './testing.ts';

const JSON_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

const revoked = () =>
  fail('proxy.kubeconfig_revoked', { time: '12:00', url: 'https://front.test' });

describe('what is open', () => {
  let house: House;
  /** Added to the clock. */
  let later = 0;
  /** How much later it is for what ends than by the clock, which was set back. */
  let setBack = 0;
  /** kubeconfigs that were told to be in use. */
  let used: number[] = [];
  beforeEach(async () => {
    later = 0;
    setBack = 0;
    used = [];
    house = await startHouse({
      now: () => Date.now() + later,
      timeOfEnds: () => Date.now() + later + setBack,
      used: ({ kubeconfigId }) => used.push(kubeconfigId),
    });
  });
  afterEach(() => house.close());

  /** Opens a request whose answer begins with `answer` and stays open. */
  async function open(path: string, answer: string, method = 'GET', body = '') {
    let upstream: TLSSocket | undefined;
    house.upstream.onBytes = (_, socket) => {
      upstream = socket;
      if (answer !== '') socket.write(answer);
    };
    const socket = await dial(house);
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    // Also where it is reset, which `once` would take for a failure.
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `${method} ${PREFIX}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\n${body}\r\n`,
    );
    const last = answer.split('\r\n').at(-2) ?? '';
    await until(() => upstream !== undefined && text.includes(last), 'the beginning');
    return { socket, ended, text: () => text };
  }

  it('as a JSON watch ends with an ERROR event that says why', async () => {
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{"type":"ADDED"}\n'));
    house.refusal = revoked();
    await house.proxy.recheck();
    await watch.ended;
    const events = watch
      .text()
      .split('\r\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    assert.deepEqual(events[0], { type: 'ADDED' });
    assert.equal(events[1].type, 'ERROR');
    assert.equal(events[1].object.kind, 'Status');
    assert.equal(events[1].object.code, 401);
    assert.match(events[1].object.message, /revoked at 12:00/);
    assert.match(watch.text(), /\r\n0\r\n\r\n$/, 'the answer is whole');
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
    assert.equal(house.events.at(-1)?.code, 'proxy.kubeconfig_revoked');
  });

  it('is in use for as long as it is open, once for all streams of a kubeconfig', async () => {
    const first = await open('/api/v1/pods?watch=1', JSON_HEAD);
    const second = await open('/api/v1/nodes?watch=1', JSON_HEAD);
    used = [];
    later += 5 * 60_000;
    await until(() => used.length > 0, 'the use');
    for (const { socket, ended } of [first, second]) {
      socket.destroy();
      await ended;
    }
    assert.deepEqual(used, [7]);
  });

  it('as a protobuf watch ends with an ERROR event, too', async () => {
    const type = 'application/vnd.kubernetes.protobuf;stream=watch';
    const watch = await open(
      '/api/v1/pods?watch=1',
      JSON_HEAD.replace('application/json', type) + chunk('\0\0\0\x02ab'),
    );
    house.refusal = revoked();
    await house.proxy.recheck();
    await watch.ended;
    assert.match(watch.text(), /ERROR.*k8s.*Status.*revoked at 12:00/s);
    assert.match(watch.text(), /\r\n0\r\n\r\n$/, 'the answer is whole');
  });

  it('as a CBOR watch ends with an ERROR event, too', async () => {
    const watch = await open(
      '/api/v1/pods?watch=1',
      JSON_HEAD.replace('application/json', 'application/cbor-seq') + chunk('aA'),
    );
    house.refusal = revoked();
    await house.proxy.recheck();
    await watch.ended;
    assert.match(watch.text(), /type.ERROR.object.*Status.*revoked at 12:00/s);
    assert.match(watch.text(), /\r\n0\r\n\r\n$/, 'the answer is whole');
  });

  it('as a JSON watch without any event yet ends with an ERROR event, too', async () => {
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD);
    await until(() => watch.text().endsWith('\r\n\r\n'), 'the head');
    house.refusal = revoked();
    await house.proxy.recheck();
    await watch.ended;
    assert.match(watch.text(), /\{"type":"ERROR"/);
  });

  for (const [what, path, answer] of [
    ['a JSON watch within an event', '/api/v1/pods?watch=1', JSON_HEAD + chunk('{"type":')],
    [
      'a protobuf watch within an event',
      '/api/v1/pods?watch=1',
      JSON_HEAD.replace('application/json', 'application/vnd.kubernetes.protobuf;stream=watch') +
        chunk('k8s\n'),
    ],
    [
      'a CBOR watch within an event',
      '/api/v1/pods?watch=1',
      JSON_HEAD.replace('application/json', 'application/cbor-seq') + chunk('bA'),
    ],
    [
      'a compressed watch',
      '/api/v1/pods?watch=1',
      JSON_HEAD.replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n') + chunk('gz\n'),
    ],
    ['logs', '/api/v1/namespaces/a/pods/p/log?follow=true', JSON_HEAD + chunk('line\n')],
    ['a long list', '/api/v1/pods', JSON_HEAD + chunk('{"items":[\n')],
  ] as const) {
    it(`as ${what} ends without a word that does not belong there`, async () => {
      const stream = await open(path, answer);
      house.refusal = revoked();
      await house.proxy.recheck();
      await stream.ended;
      assert.doesNotMatch(stream.text(), /ERROR|Status/);
      await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
    });
  }

  it('as logs or a list is cut, not ended, so that nobody takes it for whole', async () => {
    const logs = await open('/api/v1/namespaces/a/pods/p/log', JSON_HEAD + chunk('line\n'));
    house.refusal = revoked();
    await house.proxy.recheck();
    await logs.ended;
    assert.doesNotMatch(logs.text(), /\r\n0\r\n\r\n$/);
  });

  it('and not answered yet is answered with the reason', async () => {
    const request = await open('/api/v1/pods', '');
    house.refusal = revoked();
    await house.proxy.recheck();
    await request.ended;
    assert.match(request.text(), /^HTTP\/1\.1 401 /);
    assert.match(request.text(), /proxy\.kubeconfig_revoked/);
  });

  it('goes on when its environment has another name and credential', async () => {
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
    const other = { environmentName: 'south', authorization: 'Bearer new', generation: '2' };
    house.passage = { ...house.passage, target: testTarget(house.upstream, other) };
    await house.proxy.recheck();
    assert.equal(house.proxy.streams().length, 1);
    watch.socket.destroy();
  });

  it('goes on when nothing changed, and when access only grew', async () => {
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
    await house.proxy.recheck();
    const { identity } = house.passage;
    const groups = ['sallyport:role:edit', ...identity.groups];
    house.passage = { ...house.passage, identity: { ...identity, groups } };
    await house.proxy.recheck();
    assert.equal(house.proxy.streams().length, 1);
    watch.socket.destroy();
  });

  for (const [why, change] of [
    [
      'a group is gone',
      () => {
        const { identity } = house.passage;
        const groups = identity.groups.slice(1);
        house.passage = { ...house.passage, identity: { ...identity, groups } };
      },
    ],
    [
      'the user has another name',
      () => {
        const identity = { ...house.passage.identity, user: 'sallyport:grace' };
        house.passage = { ...house.passage, identity };
      },
    ],
    ...(
      [
        ['address', { host: 'localhost' }],
        ['port', { port: 1 }],
        ['name in its certificate', { servername: 'other.test' }],
        ['path', { basePath: '/other' }],
        ['CA', { ca: undefined }],
      ] as const
    ).map(
      ([what, over]) =>
        [
          `the environment has another ${what}`,
          () => {
            const target = testTarget(house.upstream, { ...over, generation: '2' });
            house.passage = { ...house.passage, target };
          },
        ] as const,
    ),
  ] as const) {
    it(`ends when ${why}`, async () => {
      const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
      change();
      await house.proxy.recheck();
      await watch.ended;
      assert.match(watch.text(), /proxy\.access_changed/);
    });
  }

  it('ends when the environment may no longer be entered', async () => {
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
    house.caller = { ...house.caller, environmentIds: new Set([2]) };
    await house.proxy.recheck();
    await watch.ended;
    assert.match(watch.text(), /proxy\.environment_not_in_kubeconfig/);
  });

  it('ends when nobody can be asked whether it may go on', async () => {
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
    house.refusal = new Error('the store is gone') as never;
    await house.proxy.recheck();
    await watch.ended;
    assert.match(watch.text(), /internal\.error/);
    assert.doesNotMatch(watch.text(), /the store is gone/);
  });

  it('is asked about anew by itself when its time is over', async () => {
    house.passage = { ...house.passage, validUntil: Date.now() + 60_000 };
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
    house.passage = { ...house.passage, validUntil: Date.now() + 120_000 };
    later = 61_000;
    // The first time its end was put off; the second time it is over.
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(house.proxy.streams().length, 1);
    house.refusal = fail('proxy.kubeconfig_expired', { time: '13:00', url: 'https://front.test' });
    later = 121_000;
    await watch.ended;
    assert.match(watch.text(), /expired at 13:00/);
  });

  it('does not outlive its end where the clock was set back', async () => {
    house.passage = { ...house.passage, validUntil: Date.now() + 60_000 };
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
    house.refusal = fail('proxy.kubeconfig_expired', { time: '13:00', url: 'https://front.test' });
    setBack = 61_000;
    await watch.ended;
    assert.match(watch.text(), /expired at 13:00/);
  });

  it('is asked about once for each kubeconfig and environment, however much is open', async () => {
    let asked = 0;
    const { environmentIds } = house.caller;
    const watches = [];
    for (let i = 0; i < 5; i++) {
      watches.push(await open(`/api/v1/pods?watch=${i + 1}`, JSON_HEAD + chunk('{}\n')));
    }
    house.caller = {
      ...house.caller,
      get environmentIds() {
        asked++;
        return environmentIds;
      },
    };
    asked = 0;
    await house.proxy.recheck();
    assert.equal(asked, 1);
    for (const { socket } of watches) socket.destroy();
  });

  it('is answered with a timeout when the API server does not answer', async () => {
    const request = await open('/api/v1/pods', '');
    later = 121_000;
    await request.ended;
    assert.match(request.text(), /^HTTP\/1\.1 504 /);
    assert.match(request.text(), /environment north gave no answer within 120 s/);
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
  });

  it('has no time limit as a watch that is quiet from its beginning', async () => {
    const watch = await open('/api/v1/pods?watch=1', '');
    later = 86_400_000;
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(house.proxy.streams().length, 1);
    watch.socket.destroy();
  });

  it('is given up when the client does not go on with a body that it began', async () => {
    const post = await open('/api/v1/pods', '', 'POST', 'Content-Length: 10\r\n');
    later = 61_000;
    await post.ended;
    assert.match(post.text(), /^HTTP\/1\.1 408 /);
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
  });

  it('is not given up for a slow client when it is the API server that takes no more of a body', async () => {
    house.upstream.onBytes = (_, socket) => socket.pause();
    const socket = await dial(house);
    socket.on('error', () => {});
    const size = 64 * 1024 * 1024;
    socket.write(
      `POST ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: ${size}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(size, 'b'));
    let [before, still] = [0, 0];
    await until(() => {
      const now = house.upstream.received().length + socket.bytesWritten;
      still = now === before ? still + 1 : 0;
      before = now;
      return still > 50;
    }, 'the end of the flow');
    later = 61_000;
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(house.events.length, 0);
    later = 122_000;
    await until(() => house.events.length === 1, 'the end');
    assert.equal(house.events[0]?.code, 'proxy.upstream_timeout');
    socket.destroy();
  });

  it('has no time limit for the body either where a workload is asked', async () => {
    const post = await open(
      '/api/v1/namespaces/a/services/b/proxy/upload',
      '',
      'POST',
      'Content-Length: 10\r\n',
    );
    later = 86_400_000;
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(house.proxy.streams().length, 1);
    post.socket.destroy();
  });

  it('is held to the limits, streams and short requests apart', async () => {
    const strict = await startHouse({
      limits: { streamsPerKubeconfig: 1, requestsPerEnvironment: 1 },
    });
    const before = house;
    house = strict;
    try {
      const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
      strict.upstream.onBytes = undefined;
      const second = await ask(strict, '/api/v1/pods?watch=1');
      assert.equal(second.status, 429);
      assert.equal(second.headers['retry-after'], '1');
      assert.match(second.body, /has 1 streams open/);
      assert.equal((await ask(strict, '/api/v1/pods')).status, 200);
      assert.equal((await ask(strict, '/api/v1/pods')).status, 200, 'its place was given back');
      const short = await open('/api/v1/pods', '');
      const third = await ask(strict, '/api/v1/pods');
      assert.equal(third.status, 429);
      assert.match(third.body, /environment has 1 requests open/);
      short.socket.destroy();
      watch.socket.destroy();
      await until(() => strict.events.filter(({ aborted }) => aborted).length === 2, 'both ends');
      assert.equal(strict.proxy.streams().length, 0);
      strict.upstream.onBytes = undefined;
      assert.equal((await ask(strict, '/api/v1/pods')).status, 200);
    } finally {
      await strict.close();
      house = before;
    }
  });

  it('ends when the gateway stops: short requests by themselves, watches cleanly', async () => {
    const watch = await open('/api/v1/pods?watch=1', JSON_HEAD + chunk('{}\n'));
    const closed = house.proxy.close(200);
    const refused = await ask(house, '/api/v1/pods');
    assert.equal(refused.status, 503);
    assert.match(refused.body, /proxy\.stopping/);
    await closed;
    await watch.ended;
    // A client takes up a watch that just ends where it was; an ERROR would make it list anew.
    assert.doesNotMatch(watch.text(), /ERROR/);
    assert.match(watch.text(), /\r\n0\r\n\r\n$/);
  });
});
