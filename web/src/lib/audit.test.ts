import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditItem, AuditQuery } from '@sallyport/contract';
import fc from 'fast-check';
import {
  eventInWords,
  exportPath,
  isoOf,
  localOf,
  parseAuditSearch,
  prepend,
  toneOf,
} from './audit.ts';

const event = (part: Partial<AuditItem>): AuditItem => ({
  id: 1,
  time: '2026-11-22T12:00:00Z',
  receivedAt: '2026-11-22T12:00:00Z',
  kind: 'proxy',
  stage: 'ResponseComplete',
  requestId: 'r',
  userId: 1,
  username: 'dana',
  kubeconfigId: null,
  environmentId: 1,
  environmentName: 'staging',
  address: '127.0.0.1',
  userAgent: null,
  method: 'GET',
  uri: '/version',
  verb: 'get',
  apiGroup: null,
  resource: null,
  subresource: null,
  namespace: null,
  name: null,
  status: 200,
  code: null,
  aborted: false,
  durationMs: 1,
  bytesToClient: null,
  bytesFromClient: null,
  details: null,
  ...part,
});

test('reads the filters from the address bar', () => {
  const search = {
    username: 'dana',
    namespace: 'team-a',
    verb: 'delete',
    resource: 'pods',
    status: '4xx',
    q: 'web',
    kind: 'proxy',
    environmentId: 3,
    from: '2026-11-22T12:00:00.000Z',
  };
  assert.deepEqual(parseAuditSearch(search), search);
  assert.deepEqual(parseAuditSearch({ status: 403 }), { status: '403' });
});

test('leaves out what makes no sense or says nothing', () => {
  assert.deepEqual(
    parseAuditSearch({ status: 'odd', kind: 'x', environmentId: -1, from: 'soon', q: ' ', v: 1 }),
    {},
  );
});

test('whatever stands in the address bar, the API takes what was read', () => {
  const names = ['username', 'status', 'q', 'kind', 'environmentId', 'from', 'to', 'verb'];
  const value = fc.oneof(fc.anything(), fc.date().map(String), fc.constantFrom('4xx', '99', 'act'));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (search) => {
      const read = parseAuditSearch(search);
      assert.ok(AuditQuery.safeParse(read).success);
      assert.deepEqual(parseAuditSearch({ ...read }), read);
    }),
  );
});

test('a field for a time gives back the minute that it was given', () => {
  assert.equal(isoOf(localOf('2026-11-22T12:34:00.000Z')), '2026-11-22T12:34:00.000Z');
  assert.equal(localOf(undefined), '');
  assert.equal(isoOf(''), undefined);
});

test('the export holds what is shown', () => {
  assert.equal(
    exportPath({ username: 'a b', environmentId: 3 }, 'csv'),
    '/api/audit/export?format=csv&username=a+b&environmentId=3',
  );
});

test('says what an event was about', () => {
  const exec = { verb: 'create', resource: 'pods', subresource: 'exec', name: 'web-0' };
  assert.equal(eventInWords(event({ ...exec, namespace: 'a' })), 'create pods/exec web-0 in a');
  assert.equal(eventInWords(event({})), 'get /version');
});

test('a refusal is a warning, and silence or a failure is bad', () => {
  assert.equal(toneOf(event({ status: 200 })), 'good');
  assert.equal(toneOf(event({ status: 403 })), 'warn');
  assert.equal(toneOf(event({ aborted: true })), 'warn');
  assert.equal(toneOf(event({ status: 502 })), 'bad');
  assert.equal(toneOf(event({ status: null })), 'bad');
});

test('newer events come in front, newest first, none twice', () => {
  const ids = prepend(
    [event({ id: 2 }), event({ id: 1 })],
    [event({ id: 2 }), event({ id: 3 }), event({ id: 4 })],
  ).map(({ id }) => id);
  assert.deepEqual(ids, [4, 3, 2, 1]);
});
