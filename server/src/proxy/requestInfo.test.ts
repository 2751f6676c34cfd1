import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isAnsweredByWorkload, isLongRunning, requestInfo } from './requestInfo.ts';

/** verb, group, version, namespace, resource, subresource, name */
type Expected = readonly [string, string, string, string, string, string, string];

/** Most of these are the cases of the API server's own test (requestinfo_test.go). */
const RESOURCES: ReadonlyArray<readonly [method: string, target: string, expected: Expected]> = [
  ['GET', '/api/v1/namespaces', ['list', '', 'v1', '', 'namespaces', '', '']],
  ['GET', '/api/v1/namespaces/other', ['get', '', 'v1', 'other', 'namespaces', '', 'other']],
  ['GET', '/api/v1/namespaces/other/pods', ['list', '', 'v1', 'other', 'pods', '', '']],
  ['GET', '/api/v1/namespaces/other/pods/foo', ['get', '', 'v1', 'other', 'pods', '', 'foo']],
  ['HEAD', '/api/v1/namespaces/other/pods/foo', ['get', '', 'v1', 'other', 'pods', '', 'foo']],
  ['GET', '/api/v1/pods', ['list', '', 'v1', '', 'pods', '', '']],
  ['HEAD', '/api/v1/pods', ['list', '', 'v1', '', 'pods', '', '']],
  [
    'GET',
    '/api/v1/proxy/namespaces/other/pods/foo',
    ['proxy', '', 'v1', 'other', 'pods', '', 'foo'],
  ],
  [
    'GET',
    '/api/v1/proxy/namespaces/other/pods/foo/sub/path',
    ['proxy', '', 'v1', 'other', 'pods', '', 'foo'],
  ],
  ['GET', '/api/v1/watch/pods', ['watch', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch=true', ['watch', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch=false', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch=FALSE', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch=0', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch=', ['watch', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch', ['watch', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch=no', ['watch', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?watch=0&watch=1', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?%77atch=1', ['watch', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?a=b;watch=1', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods/foo?watch=1', ['get', '', 'v1', '', 'pods', '', 'foo']],
  ['GET', '/api/v1/watch/namespaces/other/pods', ['watch', '', 'v1', 'other', 'pods', '', '']],
  [
    'GET',
    '/api/v1/watch/namespaces/other/pods/foo',
    ['watch', '', 'v1', 'other', 'pods', '', 'foo'],
  ],
  [
    'GET',
    '/api/v1/namespaces/other/pods/foo/status',
    ['get', '', 'v1', 'other', 'pods', 'status', 'foo'],
  ],
  [
    'POST',
    '/api/v1/namespaces/other/pods/foo/exec',
    ['create', '', 'v1', 'other', 'pods', 'exec', 'foo'],
  ],
  [
    'GET',
    '/api/v1/namespaces/other/services/a/proxy/x//y',
    ['get', '', 'v1', 'other', 'services', 'proxy', 'a'],
  ],
  [
    'PUT',
    '/api/v1/namespaces/other/finalize',
    ['update', '', 'v1', 'other', 'namespaces', 'finalize', 'other'],
  ],
  [
    'PUT',
    '/api/v1/namespaces/other/status',
    ['update', '', 'v1', 'other', 'namespaces', 'status', 'other'],
  ],
  ['PUT', '/api/v1/namespaces/other/other', ['update', '', 'v1', 'other', 'other', '', '']],
  ['PATCH', '/api/v1/namespaces/other/pods/foo', ['patch', '', 'v1', 'other', 'pods', '', 'foo']],
  ['DELETE', '/api/v1/namespaces/other/pods/foo', ['delete', '', 'v1', 'other', 'pods', '', 'foo']],
  ['DELETE', '/api/v1/nodes', ['deletecollection', '', 'v1', '', 'nodes', '', '']],
  [
    'DELETE',
    '/api/v1/namespaces/other/pods',
    ['deletecollection', '', 'v1', 'other', 'pods', '', ''],
  ],
  ['OPTIONS', '/api/v1/pods', ['', '', 'v1', '', 'pods', '', '']],
  [
    'GET',
    '/apis/apps/v1/namespaces/other/deployments',
    ['list', 'apps', 'v1', 'other', 'deployments', '', ''],
  ],
  ['GET', '/apis/batch/v1/watch/jobs', ['watch', 'batch', 'v1', '', 'jobs', '', '']],
  ['GET', '/api/v1/namespaces/edge/pods/edge', ['get', '', 'v1', 'edge', 'pods', '', 'edge']],
  ['GET', '/api/v1/namespaces/a%2Fpods', ['list', '', 'v1', 'a', 'pods', '', '']],
  ['GET', '/api/v1/namespaces/a/pods/', ['list', '', 'v1', 'a', 'pods', '', '']],
  [
    'GET',
    '/api/v1/pods?fieldSelector=metadata.name%3Dfoo',
    ['list', '', 'v1', '', 'pods', '', 'foo'],
  ],
  [
    'GET',
    '/api/v1/pods?watch=1&fieldSelector=metadata.name==foo',
    ['watch', '', 'v1', '', 'pods', '', 'foo'],
  ],
  [
    'GET',
    '/api/v1/pods?fieldSelector=a=b,metadata.name=foo',
    ['list', '', 'v1', '', 'pods', '', 'foo'],
  ],
  [
    'GET',
    '/api/v1/pods?fieldSelector=metadata.name=b,metadata.name=a',
    ['list', '', 'v1', '', 'pods', '', 'a'],
  ],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name!=foo', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name=', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name=..', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name=a%2Fb', ['list', '', 'v1', '', 'pods', '', '']],
  [
    'GET',
    '/api/v1/pods?fieldSelector=metadata.name=a%5C,b',
    ['list', '', 'v1', '', 'pods', '', 'a,b'],
  ],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name=a%5Cb', ['list', '', 'v1', '', 'pods', '', '']],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name=a=b', ['list', '', 'v1', '', 'pods', '', '']],
  [
    'GET',
    '/api/v1/pods?fieldSelector=nonsense,metadata.name=a',
    ['list', '', 'v1', '', 'pods', '', ''],
  ],
  [
    'GET',
    '/api/v1/pods?limit=x&fieldSelector=metadata.name=foo',
    ['list', '', 'v1', '', 'pods', '', ''],
  ],
  ['GET', '/api/v1/pods?limit=x&watch=1', ['watch', '', 'v1', '', 'pods', '', '']],
  [
    'GET',
    '/api/v1/pods?limit=5&fieldSelector=metadata.name=foo',
    ['list', '', 'v1', '', 'pods', '', 'foo'],
  ],
  [
    'DELETE',
    '/api/v1/pods?fieldSelector=metadata.name=foo',
    ['deletecollection', '', 'v1', '', 'pods', '', ''],
  ],
];

describe('what a request means to Kubernetes', () => {
  for (const [method, target, expected] of RESOURCES) {
    it(`${method} ${target}`, () => {
      const info = requestInfo(method, target);
      assert.ok(info.isResourceRequest);
      const { verb, apiGroup, apiVersion, namespace, resource, subresource, name } = info;
      assert.deepEqual(
        [verb, apiGroup, apiVersion, namespace, resource, subresource, name],
        expected,
      );
    });
  }

  for (const target of [
    '/',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/apps',
    '/apis/apps/v1',
    '/version',
    '/healthz/ping',
    '/openapi/v3/apis/apps/v1',
    '/logs/a/b/c',
    '/metrics?watch=1',
  ]) {
    it(`${target} is no resource`, () => {
      const info = requestInfo('GET', target);
      assert.equal(info.isResourceRequest, false);
      assert.equal(info.verb, 'get');
      assert.equal(info.resource, '');
      assert.equal(isLongRunning(info), false);
    });
  }

  it('is a stream for a watch, logs, exec, attach, port-forward and proxied workloads', () => {
    const long = (method: string, target: string) => isLongRunning(requestInfo(method, target));
    assert.ok(long('GET', '/api/v1/pods?watch=1'));
    for (const subresource of ['log', 'exec', 'attach', 'portforward', 'proxy']) {
      assert.ok(long('GET', `/api/v1/namespaces/a/pods/p/${subresource}`));
    }
    assert.ok(!long('GET', '/api/v1/pods'));
    assert.ok(!long('GET', '/api/v1/namespaces/a/pods/p'));
    assert.ok(!long('POST', '/api/v1/namespaces/a/pods/p/eviction'));
    // Objects that are only named like it are not.
    assert.ok(!long('GET', '/api/v1/namespaces/watch/pods/proxy'));
  });

  it('is answered by a workload only on proxy paths', () => {
    const byWorkload = (target: string) => isAnsweredByWorkload(requestInfo('GET', target));
    assert.ok(byWorkload('/api/v1/namespaces/a/services/https:b:443/proxy/x'));
    assert.ok(byWorkload('/api/v1/nodes/n/proxy/metrics'));
    assert.ok(!byWorkload('/api/v1/namespaces/proxy/pods/proxy'));
    assert.ok(!byWorkload('/apis/metrics.k8s.io/v1beta1/pods'));
  });

  it('is found for any path and query, without an error', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'api',
        'apis',
        'v1',
        'namespaces',
        'pods',
        'watch',
        'proxy',
        'status',
        'log',
        '',
        '%2F',
        '%ff',
        '%E4%BD',
        '%25',
      ),
      fc.webSegment(),
    );
    const query = fc.oneof(
      fc.webQueryParameters(),
      fc.constantFrom(
        'watch=1',
        'fieldSelector=metadata.name=a',
        'fieldSelector=%5C',
        'limit=1&watch',
        '%zz=1',
        'a=%ff',
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS'),
        fc.array(piece),
        query,
        (method, pieces, text) => {
          const path = `/${pieces.join('/')}`;
          const info = requestInfo(method, `${path}?${text}`);
          // A query says nothing but list or watch, and the name that is selected.
          const bare = requestInfo(method, path);
          assert.deepEqual({ ...info, verb: '', name: '' }, { ...bare, verb: '', name: '' });
          if (bare.verb !== 'list') assert.deepEqual(info, bare);
          // Splitting what was joined finds every part again.
          if (!info.isResourceRequest) assert.equal(info.verb, method.toLowerCase());
        },
      ),
      { numRuns: 1000 },
    );
  });
});
