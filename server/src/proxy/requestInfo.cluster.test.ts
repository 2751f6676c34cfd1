/**
 * What the proxy takes a request for is what the API server takes it for: a table of paths and many
 * random ones go to a real API server, and its audit log tells what it made of them. The caller has
 * no rights there, so nothing happens; the API server resolves a request before it authorizes it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Lab, useLab } from '../../../lab/src/index.ts';
import { requestInfo } from './requestInfo.ts';
import { auditEvents, passageTo } from './testCluster.ts';
import { ask, askRaw, type House, PREFIX, startHouse, TOKEN } from './testing.ts';

const CASES: ReadonlyArray<readonly [method: string, path: string]> = [
  ['GET', '/'],
  ['GET', '/api'],
  ['GET', '/api/v1'],
  ['GET', '/apis/apps/v1'],
  ['GET', '/version'],
  ['GET', '/healthz'],
  ['GET', '/openapi/v3'],
  ['GET', '/nothing/at/all'],
  ['POST', '/version'],
  ['GET', '/api/v1/namespaces'],
  ['GET', '/api/v1/namespaces/proxy-test'],
  ['GET', '/api/v1/namespaces/proxy-test/status'],
  ['GET', '/api/v1/namespaces/proxy-test/configmaps'],
  ['GET', '/api/v1/namespaces/proxy-test/configmaps/'],
  ['GET', '/api/v1/namespaces/proxy-test/configmaps/a'],
  ['HEAD', '/api/v1/namespaces/proxy-test/configmaps/a'],
  ['HEAD', '/api/v1/configmaps'],
  ['GET', '/api/v1/namespaces/proxy-test//configmaps'],
  ['GET', '/api/v1/namespaces//configmaps'],
  ['GET', '/api//v1/configmaps'],
  ['GET', '/api/v1/namespaces/proxy-test%2Fconfigmaps'],
  ['GET', '/api/v1/namespaces/proxy-test/configmaps%2Fa'],
  ['GET', '/api/v1/%6Eamespaces/proxy-test/configmaps/%61'],
  ['GET', '/api/v1/namespaces/proxy-test/configmaps/%25'],
  ['GET', '/api/v1/namespaces/proxy-test/configmaps/a;b=c'],
  ['GET', '/api/v1/namespaces/proxy-test/pods/p/log'],
  ['GET', '/api/v1/namespaces/proxy-test/pods/p/log/x/y'],
  ['POST', '/api/v1/namespaces/proxy-test/pods/p/exec'],
  ['POST', '/api/v1/namespaces/proxy-test/pods/p/eviction'],
  ['GET', '/api/v1/namespaces/proxy-test/services/https:s:443/proxy//a//b%2Fc'],
  ['GET', '/api/v1/nodes/n/proxy/metrics'],
  ['DELETE', '/api/v1/namespaces/proxy-test/pods/p'],
  ['DELETE', '/api/v1/namespaces/proxy-test/pods?labelSelector=a=b'],
  ['DELETE', '/api/v1/namespaces/proxy-test/pods?fieldSelector=metadata.name=p'],
  ['PATCH', '/api/v1/namespaces/proxy-test/pods/p'],
  ['PUT', '/api/v1/namespaces/proxy-test/pods/p/status'],
  ['PUT', '/api/v1/namespaces/proxy-test/finalize'],
  ['OPTIONS', '/api/v1/pods'],
  ['GET', '/apis/apps/v1/deployments'],
  ['GET', '/apis/apps/v1/namespaces/proxy-test/deployments/d/scale'],
  ['GET', '/apis/nothing.example/v1/things/t'],
  ['GET', '/api/v1/configmaps?watch=1&timeoutSeconds=1'],
  ['GET', '/api/v1/configmaps?watch=false'],
  ['GET', '/api/v1/configmaps?watch=0'],
  ['GET', '/api/v1/configmaps?watch=&timeoutSeconds=1'],
  ['GET', '/api/v1/configmaps?watch=no&timeoutSeconds=1'],
  ['GET', '/api/v1/configmaps?%77atch=1&timeoutSeconds=1'],
  ['GET', '/api/v1/configmaps?watch=0&watch=1'],
  ['GET', '/api/v1/configmaps?a;watch=1'],
  ['GET', '/api/v1/configmaps?limit=x&watch=1&timeoutSeconds=1'],
  ['GET', '/api/v1/configmaps?limit=x&fieldSelector=metadata.name=a'],
  ['GET', '/api/v1/configmaps?limit=%2B5&fieldSelector=metadata.name=a'],
  ['GET', '/api/v1/configmaps?limit=99999999999999999999&fieldSelector=metadata.name=a'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name=a'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name==a'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name!=a'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name=b,metadata.name=a'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.namespace=x,metadata.name=a'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name=a%2Fb'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name=..'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name=a%5C,b'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name=a%5Cb'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name=a+b'],
  ['GET', '/api/v1/configmaps?fieldSelector=nonsense'],
  ['GET', '/api/v1/configmaps/a?watch=1&timeoutSeconds=1'],
  ['GET', '/api/v1/watch/configmaps?timeoutSeconds=1'],
  ['GET', '/api/v1/watch/namespaces/proxy-test/configmaps?timeoutSeconds=1'],
  ['GET', '/api/v1/watch/namespaces/proxy-test/configmaps/a?timeoutSeconds=1'],
  ['GET', '/api/v1/proxy/namespaces/proxy-test/pods/p/x'],
];

/** What paths are made of, where it matters to their meaning, and a few words that mean nothing. */
const SEGMENTS = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'pods') },
  { weight: 3, arbitrary: fc.constantFrom('watch', 'proxy', 'status', 'finalize', 'log', 'exec') },
  { weight: 3, arbitrary: fc.constantFrom('kube-system', 'x', 'nodes', 'services', 'http:x:80') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('', '%61pi', 'n%61mespaces', 'a%2Fb', '%20', '%C3%A4', '%FF', '%3F'),
  },
  { weight: 1, arbitrary: fc.constantFrom('a;b', 'a=b', '~', '@', '...', "'", '*', '$(x)', 'a+b') },
);

const BEGINNINGS = fc.constantFrom(
  '/api/v1',
  '/apis/apps/v1',
  '/api/v1/namespaces/kube-system',
  '',
);

/** Without `labelSelector`: one that cannot be parsed is the difference that is known. */
const NAMES = fc.constantFrom('watch', 'w%61tch', 'limit', 'timeoutSeconds', 'fieldSelector', 'x');
const VALUES = fc.constantFrom(
  ...['', '1', '0', 'true', 'false', 'False', 'no', '%31', '+5', '-1', 'x', '9'.repeat(20)],
  ...['metadata.name=a', 'metadata.name%3Da', 'metadata.name!=a', 'a=b,metadata.name=c'],
  ...['metadata.name=', 'metadata.name=a%2Fb', 'metadata.name=%5C', 'metadata.name==a'],
);

const PARAMETERS = fc
  .array(
    fc.oneof(
      fc.tuple(NAMES, VALUES).map(([name, value]) => `${name}=${value}`),
      fc.constantFrom('watch', '', ';', '=', 'a;watch=1', '%zz=1', 'watch=%zz'),
    ),
    { maxLength: 3 },
  )
  .map((parameters) => (parameters.length === 0 ? '' : `?${parameters.join('&')}`));

const REQUESTS = fc.tuple(
  fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
  fc
    .tuple(BEGINNINGS, fc.array(SEGMENTS, { maxLength: 6 }), PARAMETERS)
    .map(([beginning, segments, query]) => [beginning, ...segments].join('/') + query)
    .filter((path) => path.startsWith('/') && !path.startsWith('//')),
);

describe('what a request means', () => {
  let lab: Lab;
  let house: House;
  before(async () => {
    lab = await useLab();
    house = await startHouse();
    house.passage = await passageTo(lab, house, ['sallyport:role:none']);
  });
  after(async () => {
    await house?.close();
    await lab?.stop();
  });

  /** Asks for everything, and compares each with its event in the audit log. */
  async function compare(requests: ReadonlyArray<readonly [method: string, path: string]>) {
    const asked: Array<{ method: string; path: string; id: string }> = [];
    for (const [method, path] of requests) {
      const answer = await ask(house, path, { method });
      const id = String(answer.headers['x-request-id']);
      assert.equal(answer.headers['audit-id'], id, `${method} ${path}: ${answer.body}`);
      if (answer.status === 500) givenUp(method, path);
      else asked.push({ method, path, id });
    }
    const events = await auditEvents(
      lab,
      asked.map(({ id }) => id),
    ).catch((error: Error) => {
      const missing = asked.filter(({ id }) => error.message.includes(id));
      throw new Error(missing.map(({ method, path }) => `${method} ${path}`).join('\n'));
    });
    for (const { method, path, id } of asked) {
      const event = events.get(id);
      const info = requestInfo(method, path);
      const { objectRef: object = {} } = event ?? {};
      assert.deepEqual(
        [
          info.verb,
          info.apiGroup,
          info.apiVersion,
          info.namespace,
          info.resource,
          info.subresource,
          info.name,
        ],
        [
          event?.verb,
          object.apiGroup ?? '',
          object.apiVersion ?? '',
          object.namespace ?? '',
          object.resource ?? '',
          object.subresource ?? '',
          object.name ?? '',
        ],
        `${method} ${path}`,
      );
      assert.equal(info.isResourceRequest, event?.objectRef !== undefined, `${method} ${path}`);
      assert.equal(event?.requestURI, path, 'the path arrived byte for byte');
      assert.equal(event?.impersonatedUser?.username, 'sallyport:ada');
      assert.deepEqual(event?.impersonatedUser?.extra?.['sallyport/request-id'], [id]);
      assert.ok(event?.sourceIPs?.includes('192.0.2.7'));
    }
  }

  /** What the API server cannot resolve (`/api/v1/watch`) it answers before it writes a log. */
  function givenUp(method: string, path: string): void {
    const { verb, resource, name } = requestInfo(method, path);
    assert.deepEqual([verb, resource, name], [method.toLowerCase(), '', ''], `${method} ${path}`);
  }

  it('to the proxy is what it means to the API server, as its audit log has it', async () => {
    await compare(CASES);
  });

  it('is the same for random requests', async (t) => {
    const seed = Number(process.env.SALLYPORT_TEST_SEED ?? Math.trunc(Math.random() * 2 ** 31));
    t.diagnostic(`SALLYPORT_TEST_SEED=${seed}`);
    await compare(fc.sample(REQUESTS, { seed, numRuns: 300 }));
  });

  it('is asked of no API server where it is refused here', async () => {
    const authorization = `Authorization: Bearer ${TOKEN}`;
    const mark = `mark-${process.pid}`;
    for (const [path, ...headers] of [
      [`/api/../${mark}`],
      [`/api/%2e%2e/${mark}`],
      [`/api%2f..%2f${mark}`],
      [`/api/..;x=y/${mark}`],
      [`/api/\\${mark}`],
      [`//${mark}`],
      [`/${mark}%00`],
      [`/${mark}%0d%0aX: y`],
      [`/${mark}`, 'Impersonate-User: root'],
      [`/${mark}`, 'impersonate-extra-x: root'],
      [`/${mark}`, 'Connection: x, Impersonate-Group'],
      [`/${mark}`, 'Trailer: Impersonate-Uid'],
      [`/${mark}`, 'Content-Length: 4', 'Transfer-Encoding: chunked'],
    ]) {
      const head = [`POST ${PREFIX}${path} HTTP/1.1`, 'Host: x', authorization, ...headers];
      const text = await askRaw(house, `${head.join('\r\n')}\r\nConnection: close\r\n\r\n`);
      assert.match(text, /^HTTP\/1\.1 40[03] /, head.join());
    }
    // Once this one is in the log, so would be the others, had they come before it.
    const last = await ask(house, `/last-${mark}`);
    await auditEvents(lab, [String(last.headers['x-request-id'])]);
    const log = readFileSync(lab.auditLogPath, 'utf8');
    assert.ok(log.includes(`/last-${mark}`));
    assert.ok(!log.replaceAll(`/last-${mark}`, '').includes(mark));
  });
});
