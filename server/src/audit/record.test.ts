import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AuditEvent, ProxiedRequest } from './event.ts';
import { recordOfAct, recordOfRequest } from './record.ts';
import { clean, cleanUri } from './redact.ts';
import { anAct, aRequest } from './testing.ts';
import { wordsOf } from './words.ts';

/** The event of a request, said once more in the simplest way. */
function expected(request: ProxiedRequest, environment: string | undefined): AuditEvent {
  const { info, caller, identity } = request;
  const unlessEmpty = (text: string) => (text === '' ? undefined : clean(text));
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, -1)}000Z`;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: request.requestId,
    stage: request.stage,
    requestURI: cleanUri(request.uri),
    verb: clean(info?.verb || request.method.toLowerCase(), 40),
    user: caller
      ? { username: caller.username, uid: caller.uid, groups: caller.teams }
      : { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    impersonatedUser: identity
      ? {
          username: identity.user,
          uid: identity.uid,
          groups: identity.groups,
          extra: identity.extra,
        }
      : undefined,
    sourceIPs: [request.address],
    userAgent: request.userAgent === undefined ? undefined : clean(request.userAgent),
    objectRef: info?.isResourceRequest
      ? {
          resource: unlessEmpty(info.resource),
          namespace: unlessEmpty(info.namespace),
          name: unlessEmpty(info.name),
          apiGroup: unlessEmpty(info.apiGroup),
          apiVersion: unlessEmpty(info.apiVersion),
          subresource: unlessEmpty(info.subresource),
        }
      : undefined,
    responseStatus: request.status === 0 ? undefined : { metadata: {}, code: request.status },
    requestReceivedTimestamp: time(request.receivedAt),
    stageTimestamp: time(request.at),
    annotations: {
      'sallyport/kind': 'proxy',
      'sallyport/environment-id': request.environmentId?.toString(),
      'sallyport/environment': environment,
      'sallyport/user-id': caller?.userId.toString(),
      'sallyport/kubeconfig-id': caller?.kubeconfigId.toString(),
      'sallyport/method': clean(request.method, 40),
      'sallyport/protocol': request.protocol,
      'sallyport/bytes-to-client': String(request.bytesToClient),
      'sallyport/bytes-from-client': String(request.bytesFromClient),
      'sallyport/duration-ms': String(request.at - request.receivedAt),
      'sallyport/code': request.code ?? undefined,
      'sallyport/aborted': request.aborted ? 'true' : undefined,
    },
  };
}

/** Two people, who come again and again, and whoever is not known. */
const people = [aRequest(), aRequest(), { caller: null, identity: null }].map(
  ({ caller, identity }) => ({ caller, identity }),
);
const text = fc.oneof(
  fc.constantFrom('', 'pods', 'payments', 'get', 'web-7d9f_a=b', 'GRÖSSE', 'a"b\\c', 'x\u0001y'),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const info = fc.record({
  isResourceRequest: fc.boolean(),
  ...{ verb: text, apiGroup: text, apiVersion: text, namespace: text, resource: text },
  ...{ subresource: text, name: text },
});
const request: fc.Arbitrary<ProxiedRequest> = fc
  .record({
    person: fc.constantFrom(...people),
    stage: fc.constantFrom<ProxiedRequest['stage']>('ResponseStarted', 'ResponseComplete'),
    requestId: fc.uuid(),
    receivedAt: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
    took: fc.nat({ max: 100_000 }),
    method: fc.oneof(fc.constantFrom('GET', 'POST'), text),
    uri: fc.oneof(
      text.map((name) => `/api/v1/pods/${name}`),
      fc.tuple(text, text).map(([path, query]) => `/${path}?${query}`),
      fc.array(text, { maxLength: 40 }).map((parts) => `/${parts.join('/')}`),
    ),
    info: fc.option(info),
    environmentId: fc.constantFrom(null, 1, 2),
    identified: fc.boolean(),
    address: fc.constantFrom('192.0.2.7', '2001:db8::7'),
    userAgent: fc.oneof(fc.constantFrom(undefined, 'kubectl/v1.34.0', 'flux'), text),
    protocol: fc.constantFrom('HTTP/1.1', 'HTTP/2'),
    status: fc.constantFrom(0, 200, 403),
    code: fc.constantFrom(null, 'proxy.no_access'),
    aborted: fc.boolean(),
    ...{ bytesToClient: fc.nat(), bytesFromClient: fc.nat() },
  })
  .map(({ person, identified, took, ...rest }) => ({
    ...rest,
    caller: person.caller,
    identity: identified ? person.identity : null,
    at: rest.receivedAt + took,
  }));

/** How SQLite's index divides a text: `ascii` with `=` and `_` among what is in words. */
const indexed = (line: string) =>
  line
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .split(/[^0-9a-z=_\u0080-\uffff]+/)
    .filter((word) => word !== '');

describe('the event of a request', () => {
  test('is text to the byte as JSON writes it, whoever asks in whatever order', () => {
    fc.assert(
      fc.property(
        request,
        fc.constantFrom(undefined, 'production', 'a "b"'),
        (one, environment) => {
          const { event } = recordOfRequest(one, environment);
          assert.equal(event, JSON.stringify(expected(one, environment)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('is found by the same words in either database', () => {
    fc.assert(
      fc.property(request, fc.constantFrom(undefined, 'production'), (one, environment) => {
        const record = recordOfRequest(one, environment);
        const words = indexed(`${record.indexText} ${record.common.indexText}`)
          .filter((word) => !word.startsWith('='))
          .map((word) => word.slice(0, 60).toWellFormed());
        assert.deepEqual(new Set(words), new Set(record.words));
      }),
      { numRuns: 1_000 },
    );
  });

  test('is found by the words of all that a person knows of it', () => {
    const record = recordOfRequest(
      aRequest({
        uri: '/apis/apps/v1/deployments?fieldSelector=metadata.name%3Dweb',
        info: { name: 'web', resource: 'deployments', verb: 'list' },
        code: 'proxy.no_access',
      }),
      'Production west',
    );
    const asked = 'dana list apps deployments web kubectl 192.0.2.7 production west no_access';
    for (const word of wordsOf(asked)) assert.ok(record.words.includes(word), word);
  });

  test('is found by its columns however many words it has', () => {
    const many = Array.from({ length: 300 }, (_, n) => `word${n}`).join('-');
    for (const record of [
      recordOfRequest(
        aRequest({ uri: `/api?labelSelector=${many}`, info: { verb: 'list' } }),
        'one',
      ),
      recordOfAct(anAct({ verb: 'list', details: { many: [many, many] } })),
    ]) {
      const words = indexed(`${record.indexText} ${record.common.indexText}`);
      assert.ok(words.includes('=verb_list'), words.join(' '));
      assert.ok(words.includes('word3'));
    }
  });

  test('shares with others what they have in common, and nothing else', () => {
    const { caller, identity } = aRequest();
    const of = (over: Parameters<typeof aRequest>[0], environment = 'production') =>
      recordOfRequest(aRequest({ caller, identity, ...over }), environment).common;
    const one = of({});
    assert.equal(of({ uri: '/version', address: '192.0.2.8', info: { verb: 'get' } }), one);
    for (const other of [
      of({}, 'renamed'),
      of({ status: 404 }),
      of({ userAgent: 'flux' }),
      of({ aborted: true }),
      of({ code: 'proxy.no_access' }),
      of({ stage: 'ResponseStarted' }),
      of({ environmentId: 2 }),
      of({ protocol: 'HTTP/1.1' }),
      of({ info: { isResourceRequest: false } }),
      of({ caller: { kubeconfigId: 8, userId: 3, username: 'dana', uid: 'u', teams: [] } }),
    ]) {
      assert.notDeepEqual(other.form, one.form);
    }
  });
});

test('an act’s event has no form, and is found by its words', () => {
  const { common, values, event, words } = recordOfAct(anAct());
  assert.equal(common.form, null);
  assert.equal(values, event);
  assert.ok(words.includes('erin'));
});
