import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Target } from '../environments/target.ts';
import { SallyportError } from '../errors.ts';
import { hashToken } from '../tokens.ts';
import { readCredential } from './credentials.ts';
import { readHeaders, upstreamHead } from './headers.ts';
import type { UpstreamIdentity } from './identity.ts';
import { responseHeaders, responseTrailers } from './responseHeaders.ts';

const target: Target = {
  environmentId: 1,
  environmentName: 'north',
  host: 'api.north.test',
  port: 6443,
  servername: 'api.north.test',
  basePath: '',
  ca: undefined,
  clientCertificate: undefined,
  authorization: 'Bearer cluster-credential',
  generation: '1',
};
const identity: UpstreamIdentity = {
  user: 'sallyport:ada',
  uid: 'u-1',
  groups: ['sallyport:team:crew'],
  extra: { 'sallyport.dev/kubeconfig': ['7'] },
};

function head(raw: readonly string[], over: Partial<Parameters<typeof upstreamHead>[0]> = {}) {
  return upstreamHead({
    method: 'GET',
    rest: '/api',
    headers: readHeaders(raw),
    target,
    identity,
    takesUid: true,
    requestId: 'r-1',
    address: '192.0.2.7',
    body: undefined,
    upgrade: undefined,
    ...over,
  });
}

const IDENTITY_LINES = [
  'Authorization: Bearer cluster-credential',
  'Impersonate-User: sallyport:ada',
  'Impersonate-Uid: u-1',
  'Impersonate-Group: sallyport:team:crew',
  'Impersonate-Extra-sallyport.dev%2Fkubeconfig: 7',
  'Impersonate-Extra-sallyport%2Frequest-id: r-1',
];

const refusal = (code: string) => (error: unknown) =>
  error instanceof SallyportError && error.code === code;

describe('the head for an API server', () => {
  it('is written from nothing, the identity last', () => {
    assert.equal(
      head(['User-Agent', 'kubectl', 'X-Other', 'gone', 'accept', 'application/json']),
      [
        'GET /api HTTP/1.1',
        'Host: api.north.test:6443',
        'User-Agent: kubectl',
        'Accept: application/json',
        'X-Forwarded-For: 192.0.2.7',
        'Audit-ID: r-1',
        ...IDENTITY_LINES,
        '',
        '',
      ].join('\r\n'),
    );
  });

  it('has the headers of an upgrade only where one is asked for', () => {
    const raw = [
      'Connection',
      'keep-alive, Upgrade',
      'Upgrade',
      'websocket',
      'Sec-WebSocket-Key',
      'k',
      'Sec-WebSocket-Version',
      '13',
      'X-Stream-Protocol-Version',
      'v4.channel.k8s.io',
      'X-Stream-Protocol-Version',
      'v3.channel.k8s.io',
    ];
    assert.doesNotMatch(head(raw), /upgrade|websocket|stream/i);
    const upgraded = head(raw, { upgrade: { protocol: 'websocket', subprotocols: 'a, b' } });
    assert.match(upgraded, /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
    assert.match(upgraded, /\r\nSec-WebSocket-Protocol: a, b\r\n/);
    assert.match(
      upgraded,
      /\r\nX-Stream-Protocol-Version: v4[\s\S]*\r\nX-Stream-Protocol-Version: v3/,
    );
    assert.ok(upgraded.endsWith(`${IDENTITY_LINES.join('\r\n')}\r\n\r\n`));
  });

  it('leaves out what the client calls hop-by-hop, before anything is added', () => {
    const text = head([
      'Connection',
      'Accept, X-Forwarded-For, Host-x, Audit-ID',
      'Accept',
      'a/b',
      'Range',
      'bytes=0-1',
    ]);
    assert.doesNotMatch(text, /\r\nAccept:/);
    assert.match(text, /\r\nRange: bytes=0-1\r\n/);
    assert.match(text, /\r\nX-Forwarded-For: 192\.0\.2\.7\r\nAudit-ID: r-1\r\n/);
  });

  it('is never made when the client sends any spelling of an impersonation header', () => {
    const mixed = fc
      .tuple(
        fc.constantFrom('impersonate-', 'impersonate_'),
        fc.constantFrom('user', 'uid', 'group', 'extra-scopes', 'anything', ''),
        fc.nat(0xfffff),
      )
      .map(([prefix, rest, upper]) =>
        [...(prefix + rest)].map((c, i) => ((upper >> i) & 1 ? c.toUpperCase() : c)).join(''),
      );
    const refused = refusal('request.impersonation_refused');
    fc.assert(
      fc.property(mixed, (name) => {
        assert.throws(() => readHeaders([name, 'root']), refused);
        assert.throws(() => readHeaders(['Connection', `close, ${name}`]), refused);
        assert.throws(
          () => readHeaders(['Connection', 'close', 'connection', `\t${name} `]),
          refused,
        );
        assert.throws(() => readHeaders(['Trailer', `X-A,${name}`]), refused);
        assert.throws(() => readHeaders(['Sec-WebSocket-Protocol', `v5, ${name}`]), refused);
      }),
    );
  });

  it('says the same of the identity whatever headers a client sends', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'Authorization',
        'Connection',
        'Host',
        'X-Remote-User',
        'X-Forwarded-For',
        'Audit-ID',
        'Cookie',
        'Content-Length',
        'Transfer-Encoding',
        'Upgrade',
        'User-Agent',
        'accept',
        'ACCEPT',
      ),
      fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/),
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        'close',
        'x-forwarded-for',
        'audit-id, host',
        'chunked',
        '5',
        'a\r\nImpersonate-User: root',
        '\u010dImpersonate-User: root',
        'websocket',
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (headers) => {
        let text: string;
        try {
          text = head(headers.flat());
        } catch (error) {
          assert.ok(error instanceof SallyportError);
          return;
        }
        // Read as an HTTP server reads it, after latin1 has cut the characters to bytes.
        const bytes = Buffer.from(text, 'latin1').toString('latin1');
        const lines = bytes.split(/\r\n|\r|\n/);
        assert.equal(lines[0], 'GET /api HTTP/1.1');
        assert.equal(lines.at(-1), '');
        const ours = lines.filter((line) => /^(?:impersonate|authorization)/i.test(line));
        assert.deepEqual(ours, IDENTITY_LINES);
        for (const one of ['host', 'x-forwarded-for', 'audit-id']) {
          const count = lines.filter((line) => line.toLowerCase().startsWith(`${one}:`)).length;
          assert.equal(count, 1, one);
        }
        assert.ok(
          !lines.some((line) =>
            /^(?:cookie|content-length|transfer-enc|upgrade|x-remote)/i.test(line),
          ),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is never made for an identity that could be read as another one', () => {
    for (const change of [
      { user: '' },
      { user: 'system:admin' },
      { user: 'SYSTEM:admin' },
      { user: 'a\r\nImpersonate-Group: system:masters' },
      { user: 'a\0' },
      { user: ' ada' },
      { user: 'ada ' },
      { user: 'ädä' },
      { user: 'a\u010d' },
      { uid: 'a\nb' },
      { groups: ['sallyport:a', 'system:masters'] },
      { groups: ['sallyport:a', ''] },
      { extra: { 'a\n': ['b'] } },
      { extra: { a: ['b\r'] } },
      { extra: { '': ['b'] } },
    ]) {
      const wrong = { ...identity, ...change } as UpstreamIdentity;
      assert.throws(
        () => head([], { identity: wrong }),
        refusal('internal.error'),
        JSON.stringify(change),
      );
    }
    const wrong = { ...target, authorization: 'Bearer a\r\nX: y' };
    assert.throws(() => head([], { target: wrong }), refusal('internal.error'));
  });

  it('names an identity anew when its target has another credential', () => {
    head([]);
    const text = head([], { target: { ...target, authorization: 'Bearer other' } });
    assert.match(text, /\r\nAuthorization: Bearer other\r\n/);
    const certificate = head([], { target: { ...target, authorization: undefined } });
    assert.doesNotMatch(certificate, /Authorization/);
    assert.match(certificate, /Impersonate-User: sallyport:ada/);
  });

  it('writes addresses and ports as a URL does', () => {
    const host = (over: Partial<Target>) =>
      /\r\nHost: (.*)\r\n/.exec(head([], { target: { ...target, ...over } }))?.[1];
    assert.equal(host({ host: '::1', port: 443 }), '[::1]');
    assert.equal(host({ host: '10.0.0.1', port: 443 }), '10.0.0.1');
    assert.equal(host({ host: 'fd00::1' }), '[fd00::1]:6443');
  });

  it('tells where a body ends', () => {
    assert.match(head(['Content-Length', '5'], { body: 5 }), /\r\nContent-Length: 5\r\n/);
    assert.match(head([], { body: 'chunked' }), /\r\nTransfer-Encoding: chunked\r\n/);
    assert.match(head(['Expect', '100-Continue'], { body: 5 }), /\r\nExpect: 100-continue\r\n/);
    assert.doesNotMatch(head(['Expect', '100-continue']), /Expect/);
  });
});

describe('a credential', () => {
  const read = (...raw: string[]) => readCredential(readHeaders(raw));
  const encoded = (token: string) =>
    `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;

  it('is a bearer token', () => {
    assert.equal(read('Authorization', 'Bearer sp_x').token, 'sp_x');
    assert.equal(read('authorization', 'bearer  sp_x ').token, 'sp_x');
  });

  it('is a subprotocol, which then is no longer among those offered', () => {
    assert.deepEqual(read('Sec-WebSocket-Protocol', `a, ${encoded('sp_x')} ,b`), {
      token: 'sp_x',
      hash: hashToken('sp_x'),
      subprotocols: 'a, b',
    });
    assert.deepEqual(
      read('Sec-WebSocket-Protocol', encoded('sp_x'), 'Sec-WebSocket-Protocol', 'b'),
      { token: 'sp_x', hash: hashToken('sp_x'), subprotocols: 'b' },
    );
  });

  it('is missing where there is none, and refused where there are several', () => {
    for (const raw of [
      [],
      ['Authorization', ''],
      ['Authorization', 'Bearer'],
      ['Authorization', 'Bearer a b'],
    ]) {
      assert.throws(() => read(...raw), refusal('proxy.credential_missing'));
    }
    for (const raw of [
      ['Authorization', 'Bearer a', 'authorization', 'Bearer a'],
      ['Authorization', 'Bearer a', 'Sec-WebSocket-Protocol', `b, ${encoded('a')}`],
      ['Sec-WebSocket-Protocol', `${encoded('a')}, ${encoded('b')}, c`],
      ['Sec-WebSocket-Protocol', encoded('a')],
      ['Sec-WebSocket-Protocol', 'a, base64url.bearer.authorization.k8s.io.'],
      ['Sec-WebSocket-Protocol', 'a, base64url.bearer.authorization.k8s.io.YQ=='],
      ['Sec-WebSocket-Protocol', `a, ${encoded('b\r\nc')}`],
    ]) {
      assert.throws(() => read(...raw), refusal('request.header_invalid'));
    }
  });
});

describe('the headers of a response', () => {
  const context = { target, prefix: '/api/endpoints/1/kubernetes', requestId: 'r-1' };

  it('never hold what acts on the connection or the origin, however they are named', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'set-cookie',
        'connection',
        'transfer-encoding',
        'upgrade',
        'alt-svc',
        'etag',
        'x-a',
        'content-length',
      ),
      fc.stringMatching(/^[a-z-]{1,10}$/),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, name)),
        fc.option(fc.nat(), { nil: undefined }),
        (fields, length) => {
          const headers = responseHeaders(fields.flat(), length, context);
          const names = headers.filter((_, i) => i % 2 === 0);
          for (const never of [
            'set-cookie',
            'connection',
            'transfer-encoding',
            'upgrade',
            'alt-svc',
          ]) {
            assert.ok(!names.includes(never));
          }
          const lengths = names.filter((one) => one === 'content-length').length;
          assert.equal(lengths, length === undefined ? 0 : 1);
          for (const [key, token] of fields) {
            if (key === 'connection') assert.ok(!names.includes(token) || OURS.has(token));
          }
        },
      ),
    );
  });

  it('let no trailer pass for a header that decides something', () => {
    assert.deepEqual(
      responseTrailers([
        'x-sum',
        '1',
        'set-cookie',
        'a',
        'location',
        '/',
        'content-type',
        'x',
        'grpc-status',
        '0',
      ]),
      ['x-sum', '1', 'grpc-status', '0'],
    );
  });
});

const OURS: ReadonlySet<string> = new Set([
  'content-length',
  'content-security-policy',
  'x-content-type-options',
  'x-request-id',
]);
