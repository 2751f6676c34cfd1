import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { asksForNamespaces, ownNamespacesPath } from './ownNamespaces.ts';
import { requestInfo } from './requestInfo.ts';

const NAMES = ['pay', 'shop'];
const OURS = 'kubernetes.io/metadata.name in (pay,shop)';

describe('the question about one\u2019s own namespaces', () => {
  it('is put only in place of a list or watch of all namespaces', () => {
    const asks = (method: string, rest: string) =>
      asksForNamespaces(method, requestInfo(method, rest));
    for (const rest of [
      '/api/v1/namespaces',
      '/api/v1/namespaces/',
      '/api/v1/namespaces?limit=500',
      '/api/v1/namespaces?watch=1&resourceVersion=5',
      '/api/v1/namespaces?fieldSelector=metadata.name%3Dpay',
      '/api/v1/n%61mespaces',
    ]) {
      assert.ok(asks('GET', rest), rest);
    }
    for (const [method, rest] of [
      ['POST', '/api/v1/namespaces'],
      ['DELETE', '/api/v1/namespaces'],
      ['HEAD', '/api/v1/namespaces'],
      ['GET', '/api/v1/namespaces/pay'],
      ['GET', '/api/v1/namespaces/pay/status'],
      ['GET', '/api/v1/namespaces/pay/pods'],
      ['GET', '/api/v1/namespaces//'],
      ['GET', '/api/v1/watch/namespaces'],
      ['GET', '/api/v1/pods'],
      ['GET', '/api/v2/namespaces'],
      ['GET', '/apis/example.com/v1/namespaces'],
      ['GET', '/api/v1/proxy/namespaces'],
      ['GET', '/api//namespaces'],
    ] as const) {
      assert.ok(!asks(method, rest), `${method} ${rest}`);
    }
  });

  it('keeps what a client asks for besides, and drops what means nothing', () => {
    const query = new URLSearchParams(
      ownNamespacesPath(
        '/api/v1/namespaces?watch=1&allowWatchBookmarks=true&resourceVersion=7&resourceVersionMatch=NotOlderThan&timeoutSeconds=9&sendInitialEvents=true&limit=5&continue=a%2Bb%3D&fieldSelector=status.phase%3DActive&labelSelector=team%3Da%26b&includeObject=Object&as=x&_=1',
        NAMES,
      ).split('?')[1],
    );
    assert.deepEqual(Object.fromEntries(query), {
      watch: '1',
      allowWatchBookmarks: 'true',
      sendInitialEvents: 'true',
      resourceVersion: '7',
      resourceVersionMatch: 'NotOlderThan',
      timeoutSeconds: '9',
      limit: '5',
      continue: 'a+b=',
      fieldSelector: 'status.phase=Active',
      includeObject: 'Object',
      labelSelector: `${OURS},team=a&b`,
    });
  });

  it('asks for nothing where no namespace is left that could exist', () => {
    for (const names of [[], ['', 'Upper', 'a)', 'a,b', '-a', 'a'.repeat(64)]]) {
      assert.equal(
        ownNamespacesPath('/api/v1/namespaces', names),
        '/api/v1/namespaces?labelSelector=!kubernetes.io%2Fmetadata.name',
      );
    }
  });

  it('selects these namespaces first, whatever the client selects', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'labelSelector=',
        '&',
        '=',
        ';',
        '%',
        '%2C',
        ')',
        '(',
        ' in ',
        '%00',
        '+',
        '#',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = ownNamespacesPath(`/api/v1/namespaces?${pieces.join('')}`, NAMES);
        assert.match(path, /^\/api\/v1\/namespaces\?[!-~]+$/);
        const selectors = new URLSearchParams(path.split('?')[1]).getAll('labelSelector');
        assert.equal(selectors.length, 1);
        assert.ok(selectors[0] === OURS || selectors[0]?.startsWith(`${OURS},`));
      }),
    );
  });
});
