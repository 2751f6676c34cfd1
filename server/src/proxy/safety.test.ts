import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fail } from '../errors.ts';
import {
  ask,
  askRaw,
  dial,
  type House,
  PREFIX,
  startHouse,
  TOKEN,
  turns,
  until,
} from './testing.ts';

const AUTHORIZATION = `Authorization: Bearer ${TOKEN}`;

describe('a request that could be read in two ways', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(() => house.close());

  /** Sends a request line and headers with a good credential, and what shall follow. */
  const refused = async (line: string, headers: readonly string[], body = '') => {
    const text = await askRaw(
      house,
      `${[line, 'Host: front.test', AUTHORIZATION, 'Connection: close', ...headers].join('\r\n')}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(house.upstream.received(), '', 'nothing may reach the API server');
    return text;
  };
  const GET = `GET ${PREFIX}/api HTTP/1.1`;
  const POST = `POST ${PREFIX}/api/v1/pods HTTP/1.1`;

  for (const [why, headers, body] of [
    ['a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\nGET'],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\nGET'],
    ['two lengths', ['Content-Length: 4', 'Content-Length: 5'], 'body'],
    ['the same length twice', ['Content-Length: 4', 'Content-Length: 4'], 'body'],
    ['a list as length', ['Content-Length: 4, 4'], 'body'],
    ['a signed length', ['Content-Length: +4'], 'body'],
    ['an unknown coding', ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'],
    ['a coding twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a coding in disguise', ['Transfer-Encoding: \x0bchunked'], '0\r\n\r\n'],
    ['a blank before the colon', ['Content-Length : 4'], 'body'],
    ['a folded line', ['Content-Length: 4', ' 5'], 'body'],
    ['a NUL in a header', ['User-Agent: a\0b'], ''],
    ['a lone CR in a header', ['User-Agent: a\rImpersonate-User: root'], ''],
  ] as const) {
    it(`because of ${why} is refused`, async () => {
      assert.match(await refused(POST, headers, body), /^HTTP\/1\.1 400 /);
    });
  }

  it('because of a bad chunk size never becomes whole at the API server', async () => {
    for (const size of ['zz', '-1', '0x4', '4 4', '10000000000000000000']) {
      const text = await askRaw(
        house,
        `${POST}\r\nHost: x\r\n${AUTHORIZATION}\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nbody\r\n0\r\n\r\n`,
      );
      assert.doesNotMatch(text, /^HTTP\/1\.1 200/);
    }
    assert.equal(house.upstream.requests.length, 0);
  });

  describe('behind nine hundred and ninety other fields', () => {
    const many = Array.from({ length: 990 }, (_, n) => `X-${n}: y`);

    for (const [why, field, status] of [
      ['Impersonate-User', 'Impersonate-User: root', 403],
      ['Connection', 'Connection: close, Authorization', 400],
      ['another credential', AUTHORIZATION, 400],
    ] as const) {
      it(`is seen to hold ${why}`, async () => {
        const text = await refused(GET, [...many, field]);
        assert.match(text, new RegExp(`^HTTP/1.1 ${status} `));
      });
    }

    it('has its body', async () => {
      const body = '{"preconditions":{"uid":"1"}}';
      const head = [`DELETE ${PREFIX}/api/v1/nodes/a HTTP/1.1`, 'Host: x', AUTHORIZATION, ...many];
      const last = ['Connection: close', `Content-Length: ${body.length}`];
      await askRaw(house, `${[...head, ...last].join('\r\n')}\r\n\r\n${body}`);
      assert.equal(house.upstream.requests[0]?.body, body);
    });

    it('is refused where there are more than are read, and not passed on without them', async () => {
      const text = await refused(GET, [...many, ...many, 'Content-Length: 4'], 'body');
      assert.match(text, /^HTTP\/1\.1 431 /);
    });
  });

  for (const [why, line, status] of [
    ['the absolute form', `GET https://front.test${PREFIX}/api HTTP/1.1`, 400],
    ['another host in the absolute form', `GET http://10.0.0.1${PREFIX}/api HTTP/1.1`, 400],
    ['CONNECT', 'CONNECT kubernetes.default:443 HTTP/1.1', 0],
    ['TRACE', `TRACE ${PREFIX}/api HTTP/1.1`, 405],
    ['a dot segment', `GET ${PREFIX}/api/../../2/kubernetes/api HTTP/1.1`, 400],
    ['an escaped dot segment', `GET ${PREFIX}/api/%2e%2E/x HTTP/1.1`, 400],
    ['a half escaped dot segment', `GET ${PREFIX}/api/.%2e/x HTTP/1.1`, 400],
    ['a twice escaped dot segment', `GET ${PREFIX}/api/%252e%252e/x HTTP/1.1`, 400],
    ['escaped slashes around dots', `GET ${PREFIX}/api%2f..%2fx HTTP/1.1`, 400],
    ['a dot segment with a parameter', `GET ${PREFIX}/api/..;a=b/x HTTP/1.1`, 400],
    ['a dot segment at the end', `GET ${PREFIX}/api/.. HTTP/1.1`, 400],
    ['a backslash', `GET ${PREFIX}/api\\..\\x HTTP/1.1`, 400],
    ['an escaped backslash around dots', `GET ${PREFIX}/api%5c..%5cx HTTP/1.1`, 400],
    ['two slashes at the beginning', `GET ${PREFIX}//api HTTP/1.1`, 400],
    ['an escaped NUL', `GET ${PREFIX}/api/a%00 HTTP/1.1`, 400],
    ['an escaped line break', `GET ${PREFIX}/api/a%0d%0aX:y HTTP/1.1`, 400],
    ['a broken escape', `GET ${PREFIX}/api/%zz HTTP/1.1`, 400],
    ['a fragment', `GET ${PREFIX}/api#x HTTP/1.1`, 400],
    ['a signed id', 'GET /api/endpoints/+1/kubernetes/api HTTP/1.1', 400],
    ['an id with a leading zero', 'GET /api/endpoints/01/kubernetes/api HTTP/1.1', 400],
    ['an escaped id', 'GET /api/endpoints/%31/kubernetes/api HTTP/1.1', 400],
    ['dots for an id', 'GET /api/endpoints/../kubernetes/api HTTP/1.1', 400],
    ['an escaped prefix', 'GET /api/%65ndpoints/1/kubernetes/api HTTP/1.1', 404],
    ['a doubled slash in the prefix', 'GET /api//endpoints/1/kubernetes/api HTTP/1.1', 404],
    ['capitals in the prefix', 'GET /API/endpoints/1/kubernetes/api HTTP/1.1', 404],
    ['a longer last word of the prefix', 'GET /api/endpoints/1/kubernetesx/api HTTP/1.1', 404],
  ] as const) {
    it(`because of ${why} is refused`, async () => {
      const text = await refused(line, []);
      if (status === 0) assert.doesNotMatch(text, / 2\d\d /);
      else assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  for (const [why, headers, status] of [
    ['Impersonate-User', ['Impersonate-User: root'], 403],
    ['Impersonate-Group in capitals', ['IMPERSONATE-GROUP: system:masters'], 403],
    ['Impersonate-Uid', ['impersonate-uid: 0'], 403],
    ['Impersonate-Extra', ['Impersonate-Extra-Scopes: all'], 403],
    ['an underscore for the dash', ['Impersonate_User: root'], 403],
    ['Impersonate-User in Connection', ['Connection: Impersonate-User'], 403],
    ['Impersonate-User in a list', ['Connection: foo, Impersonate-User'], 403],
    ['Impersonate-User in Trailer', ['Trailer: Impersonate-User'], 403],
    ['Authorization in Connection', ['Connection: authorization'], 400],
    ['Content-Length in Connection', ['Connection: content-length'], 400],
    ['two Authorization headers', ['Authorization: Bearer x'], 400],
    ['another expectation', ['Expect: 200-ok'], 0],
  ] as const) {
    it(`because of ${why} is refused`, async () => {
      const text = await refused(GET, headers);
      if (status === 0) assert.doesNotMatch(text, /^HTTP\/1\.1 2/);
      else assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  it('because of two hosts is refused', async () => {
    const text = await refused(GET, ['Host: other.test']);
    assert.match(text, /^HTTP\/1\.1 400 /);
  });

  it('because its header is too large is refused', async () => {
    const text = await refused(GET, [`X-Large: ${'a'.repeat(100_000)}`]);
    // The rest of the header may be cut off by a reset, and the answer be lost with it.
    assert.match(text, /^(?:HTTP\/1\.1 431 |$)/);
  });

  it('because its target is too long is refused', async () => {
    const long = `${PREFIX}/api?a=${'b'.repeat(40_000)}`;
    const text = await refused(`GET ${long} HTTP/1.1`, []);
    assert.match(text, /^HTTP\/1\.1 4(?:00|31) /);
  });

  it('sends nothing on before its head is whole', async () => {
    const socket = await dial(house);
    socket.on('error', () => {});
    socket.write(`${GET}\r\nHost: x\r\n${AUTHORIZATION}\r\nUser-`);
    await turns();
    assert.equal(house.upstream.connections(), 0);
    socket.destroy();
  });
});

describe('a credential', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(() => house.close());

  for (const [why, path, headers] of [
    ['in the URL', `/api?token=${TOKEN}&access_token=${TOKEN}`, {}],
    ['in a cookie', '/api', { cookie: `sallyport_session=${TOKEN}` }],
    ['of another scheme', '/api', { authorization: `Basic ${btoa(`ada:${TOKEN}`)}` }],
    ['without a scheme', '/api', { authorization: TOKEN }],
    ['in a header of another name', '/api', { 'x-api-key': TOKEN }],
    ['as the user of a header that proxies set', '/api', { 'x-remote-user': 'ada' }],
  ] as const) {
    it(`${why} is none`, async () => {
      const answer = await ask(house, path, { token: null, headers });
      assert.equal(answer.status, 401);
      assert.match(answer.body, /proxy\.credential_missing/);
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="sallyport"');
      assert.equal(house.upstream.connections(), 0);
    });
  }

  it('is not looked at over plain HTTP', async () => {
    house.connection = { secure: false, address: '192.0.2.7', host: 'front.test' };
    const answer = await ask(house, '/api');
    assert.equal(answer.status, 403);
    assert.match(answer.body, /proxy\.https_only/);
    assert.equal(house.upstream.connections(), 0);
  });

  it('for one environment opens no other one', async () => {
    house.caller = { ...house.caller, environmentIds: new Set([2]) };
    const answer = await ask(house, '/api');
    assert.equal(answer.status, 403);
    assert.match(answer.body, /proxy\.environment_not_in_kubeconfig/);
    assert.equal(house.upstream.connections(), 0);
  });

  it('goes no further than the gateway, and nothing else that names somebody does', async () => {
    await ask(house, '/api', {
      headers: {
        cookie: 'session=secret',
        'x-remote-user': 'root',
        'x-remote-group': 'system:masters',
        'x-forwarded-for': '10.9.9.9',
        forwarded: 'for=10.9.9.9',
        'x-real-ip': '10.9.9.9',
        'x-forwarded-client-cert': 'x',
        'proxy-authorization': 'Basic x',
        'audit-id': 'mine',
        origin: 'https://evil.test',
        via: '1.1 x',
        'x-anything': 'at all',
        accept: 'application/json',
        'user-agent': 'kubectl/v1.32.0',
        'kubectl-command': 'kubectl get',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    });
    const [seen] = house.upstream.requests;
    assert.deepEqual([...(seen?.headers.keys() ?? [])].sort(), [
      'accept',
      'audit-id',
      'authorization',
      'host',
      'impersonate-extra-sallyport%2frequest-id',
      'impersonate-extra-sallyport.dev%2fkubeconfig',
      'impersonate-group',
      'impersonate-uid',
      'impersonate-user',
      'kubectl-command',
      'traceparent',
      'user-agent',
      'x-forwarded-for',
    ]);
    assert.ok(!house.upstream.received().includes(TOKEN));
    assert.deepEqual(seen?.headers.get('x-forwarded-for'), ['192.0.2.7']);
    assert.notDeepEqual(seen?.headers.get('audit-id'), ['mine']);
  });

  it('never appears in what is logged or told', async () => {
    house.upstream.respond = (_, socket) => socket.destroy();
    await ask(house, '/api');
    await until(() => house.events.length === 1, 'the event');
    assert.ok(house.logged.length > 0);
    assert.ok(!house.logged.join().includes(TOKEN));
    assert.ok(!JSON.stringify(house.events).includes(TOKEN));
    assert.ok(!house.logged.join().includes('cluster-credential'));
  });

  it('that is looked up later is as good as one that is known at once', async () => {
    let asked = 0;
    const slow = await startHouse({
      authenticate: (token) => {
        if (token !== TOKEN) return Promise.reject(new Error('the store is gone'));
        asked += 1;
        return asked === 1 ? Promise.resolve(house.caller) : house.caller;
      },
      enter: () => (asked < 3 ? Promise.resolve(slow.passage) : slow.passage),
    });
    try {
      assert.equal((await ask(slow, '/api', { method: 'POST', body: 'b' })).status, 200);
      assert.equal(slow.upstream.requests[0]?.body, 'b');
      const broken = await ask(slow, '/api', { token: 'x' });
      assert.equal(broken.status, 500);
      assert.doesNotMatch(broken.body, /the store is gone/);
      assert.ok(slow.logged.some((line) => line.includes('a proxied request failed')));
    } finally {
      await slow.close();
    }
  });

  it('of a client that went away while it was looked up opens nothing', async () => {
    let known = false;
    const entered = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const slow = await startHouse({
      enter: () => {
        if (known) return slow.passage;
        known = true;
        entered.resolve();
        return answered.promise.then(() => slow.passage);
      },
    });
    try {
      const socket = await dial(slow);
      socket.on('error', () => {});
      socket.write(`GET ${PREFIX}/api?watch=1 HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n\r\n`);
      await entered.promise;
      socket.destroy();
      // All ends are in this process: the proxy has heard of it then.
      await turns();
      answered.resolve();
      await until(() => slow.events.length === 1, 'the event');
      assert.equal(slow.events[0]?.aborted, true);
      assert.equal(slow.upstream.connections(), 0);
      assert.equal(slow.proxy.streams().length, 0);
    } finally {
      await slow.close();
    }
  });

  it('is told to be in use once a minute', async () => {
    const used: string[] = [];
    let later = 0;
    const house = await startHouse({
      now: () => Date.now() + later,
      used: (caller, { address }) => used.push(`${caller.kubeconfigId} ${address}`),
    });
    try {
      await ask(house, '/api');
      await ask(house, '/api');
      assert.deepEqual(used, ['7 192.0.2.7']);
      later = 61_000;
      await ask(house, '/api');
      assert.equal(used.length, 2);
    } finally {
      await house.close();
    }
  });
});

describe('a change that crosses a request', () => {
  it('is seen by a request that was still being let in', async () => {
    const waiting = Promise.withResolvers<void>();
    let entering = false;
    const house: House = await startHouse({
      enter: async () => {
        entering = true;
        await waiting.promise;
        return house.passage;
      },
    });
    try {
      const answer = ask(house, '/api/v1/pods?watch=1');
      await until(() => entering, 'the request');
      // The revocation ends every open stream; this one is not open yet.
      house.refusal = fail('proxy.kubeconfig_revoked', { time: 'noon' });
      await house.proxy.recheck();
      waiting.resolve();
      assert.equal((await answer).status, 401);
      assert.equal(house.upstream.received(), '', 'nothing may reach the API server');
    } finally {
      await house.close();
    }
  });

  it('keeps a request out for as long as changes never stop', async () => {
    const house: House = await startHouse({ enter: async () => house.passage });
    try {
      assert.equal((await ask(house, '/api/v1/pods')).status, 503);
      assert.equal(house.upstream.received(), '', 'nothing may reach the API server');
    } finally {
      await house.close();
    }
  });
});
