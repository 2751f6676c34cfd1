import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { asksForReview, meansOwnList, readRefused } from './namespaceReview.ts';
import { bytes, number, text } from './protobufFields.ts';
import { requestInfo } from './requestInfo.ts';
import { allowsJson, jsonReview, PROTOBUF, protobufReview } from './testReviews.ts';

const JSON_TYPE = 'application/json';
const QUESTION = { verb: 'list', resource: 'namespaces' };
const REASON = 'Sallyport lists the namespaces of your grants';

/** Both ways to write the same answer. */
function both(attributes: object, status: object = { allowed: false }) {
  return [
    [JSON_TYPE, jsonReview(attributes, status)],
    [PROTOBUF, protobufReview(attributes, status)],
  ] as const;
}

describe('the answer to whether namespaces may be listed', () => {
  it('is read where it is no, as JSON and as protobuf, with what clients fill in', () => {
    for (const attributes of [
      QUESTION,
      { ...QUESTION, verb: 'watch' },
      { ...QUESTION, version: 'v1' },
      { ...QUESTION, group: '', name: '', subresource: '', namespace: '', version: '' },
      { ...QUESTION, namespace: 'pay' },
    ]) {
      for (const status of [
        { allowed: false },
        { allowed: false, denied: true, reason: 'no' },
        { allowed: false, evaluationError: 'clusterrole "x" not found' },
      ]) {
        for (const [type, body] of both(attributes, status)) {
          const refused = readRefused(type, body);
          assert.equal(refused?.namespace, 'namespace' in attributes ? attributes.namespace : '');
        }
      }
    }
  });

  it('becomes the same answer with a yes, and with nothing else changed', () => {
    const status = { allowed: false, denied: true, reason: 'no', evaluationError: 'x not found' };
    const attributes = { ...QUESTION, namespace: 'default' };
    const yes = { allowed: true, reason: REASON, evaluationError: 'x not found' };
    const json = readRefused(JSON_TYPE, jsonReview(attributes, status))?.allow().toString();
    assert.deepEqual(JSON.parse(json ?? ''), JSON.parse(jsonReview(attributes, yes).toString()));
    const protobuf = readRefused(PROTOBUF, protobufReview(attributes, status))?.allow();
    assert.deepEqual(protobuf, protobufReview(attributes, yes));
    // An API server that leaves out what is empty.
    const short = protobufReview(QUESTION, { allowed: false });
    assert.deepEqual(
      readRefused(PROTOBUF, short)?.allow(),
      protobufReview(QUESTION, { allowed: true, reason: REASON }),
    );
  });

  it('is no answer to any other question', () => {
    for (const attributes of [
      {},
      { verb: 'list' },
      { resource: 'namespaces' },
      ...['get', 'create', 'delete', 'deletecollection', '*', 'List', ''].map((verb) => ({
        ...QUESTION,
        verb,
      })),
      ...['secrets', 'namespaces/status', 'Namespaces', '*', ''].map((resource) => ({
        ...QUESTION,
        resource,
      })),
      { ...QUESTION, name: 'pay' },
      { ...QUESTION, group: 'apps' },
      { ...QUESTION, group: '*' },
      { ...QUESTION, version: '*' },
      { ...QUESTION, subresource: 'status' },
      { ...QUESTION, labelSelector: {} },
      { ...QUESTION, fieldSelector: null },
    ]) {
      for (const [type, body] of both(attributes)) {
        assert.equal(readRefused(type, body), undefined, JSON.stringify(attributes));
      }
    }
  });

  it('is the cluster\u2019s where it is yes, or is not that of a review', () => {
    for (const status of [{ allowed: true }, {}, { allowed: 0 }, { allowed: false, more: 1 }]) {
      assert.equal(readRefused(JSON_TYPE, jsonReview(QUESTION, status)), undefined);
    }
    for (const [from, to] of [
      ['SelfSubjectAccessReview', 'SubjectAccessReview'],
      ['SelfSubjectAccessReview', 'LocalSubjectAccessReview'],
      ['authorization.k8s.io/v1', 'authorization.k8s.io/v1beta1'],
      ['"spec":{', '"more":1,"spec":{'],
      ['"spec":{', '"spec":{"nonResourceAttributes":{"path":"/"},'],
      ['"namespaces"', '["namespaces"]'],
      ['"list"', '"list","__proto__":{}'],
      ['"status"', '"\xff"'],
      ['{', '[{'],
    ] as const) {
      const body = jsonReview(QUESTION, { allowed: false }).toString().replace(from, to);
      assert.equal(readRefused(JSON_TYPE, Buffer.from(body, 'latin1')), undefined, body);
    }
    assert.equal(readRefused(PROTOBUF, protobufReview(QUESTION, { allowed: true })), undefined);
    for (const type of ['', 'application/cbor', 'application/yaml', 'text/plain']) {
      for (const [, body] of both(QUESTION)) assert.equal(readRefused(type, body), undefined);
    }
    for (const [kind, version] of [
      ['SubjectAccessReview', 'authorization.k8s.io/v1'],
      ['SelfSubjectAccessReview', 'authorization.k8s.io/v1beta1'],
    ] as const) {
      const body = protobufReview(QUESTION, { allowed: false }, { kind, version });
      assert.equal(readRefused(PROTOBUF, body), undefined);
    }
  });

  it('is not read in protobuf that has anything twice, unknown, or of another kind', () => {
    for (const more of [
      { attributes: text(2, 'list') },
      { attributes: text(5, 'namespaces') },
      { attributes: text(9, '') },
      { attributes: number(10, 1) },
      { spec: bytes(1, text(2, 'delete')) },
      { spec: bytes(2, text(1, '/')) },
      { status: number(1, 0) },
      { status: number(5, 1) },
      { review: bytes(2, Buffer.alloc(0)) },
      { review: bytes(4, Buffer.alloc(0)) },
      { envelope: bytes(2, Buffer.alloc(0)) },
      { envelope: bytes(5, Buffer.alloc(0)) },
      { envelope: Buffer.from([0x1d, 0, 0, 0, 0]) },
      { envelope: Buffer.from([0x80]) },
      { envelope: Buffer.from([0x1a, 0x7f]) },
    ]) {
      const body = protobufReview(QUESTION, { allowed: false }, more);
      assert.equal(readRefused(PROTOBUF, body), undefined, JSON.stringify(more));
    }
  });

  it('is read in no piece of itself, and whatever is changed in it, it is never another question', () => {
    for (const [type, body] of both({ ...QUESTION, namespace: 'pay' })) {
      for (let end = 0; end < body.length; end++) {
        const refused = readRefused(type, body.subarray(0, end));
        // What may be missing is the end of the line, and the empty fields at the end of protobuf.
        const missing = body.subarray(end).toString('hex');
        assert.ok(refused === undefined || /^(?:0a|(?:1a00)?2200)$/.test(missing));
      }
      fc.assert(
        fc.property(fc.nat(body.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
          const changed = Buffer.from(body);
          changed[at] = byte;
          const allowed = readRefused(type, changed)?.allow();
          if (allowed === undefined) return;
          const said = allowed.toString('latin1');
          assert.match(said, /SelfSubjectAccessReview/);
          assert.match(said, /namespaces/);
          assert.match(said, /list|watch/);
          assert.equal(readRefused(type, allowed), undefined);
        }),
        { numRuns: 2000 },
      );
    }
  });

  it('is left alone for whatever else anybody asks', () => {
    const word = fc.constantFrom('', 'list', 'watch', 'get', 'namespaces', 'secrets', 'v1', 'apps');
    const attributes = fc.record(
      {
        verb: word,
        group: word,
        version: word,
        resource: word,
        subresource: word,
        name: word,
        namespace: word,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(attributes, fc.boolean(), (asked, allowed) => {
        const theQuestion =
          !allowed &&
          ['list', 'watch'].includes(asked.verb ?? '') &&
          asked.resource === 'namespaces' &&
          ['', 'v1'].includes(asked.version ?? '') &&
          [asked.group, asked.subresource, asked.name].every((value) => !value);
        for (const [type, body] of both(asked, { allowed })) {
          assert.equal(readRefused(type, body) !== undefined, theQuestion);
        }
      }),
      { numRuns: 3000 },
    );
    for (const type of [JSON_TYPE, PROTOBUF]) {
      fc.assert(
        fc.property(fc.uint8Array(), (body) => {
          assert.equal(readRefused(type, Buffer.from(body)), undefined);
        }),
      );
    }
    assert.ok(
      allowsJson(readRefused(JSON_TYPE, jsonReview(QUESTION, { allowed: false }))?.allow()),
    );
  });

  it('is the caller\u2019s in no namespace, in one of theirs, and where kubectl asks unless told', () => {
    const own = ['pay', 'shop'];
    for (const [namespace, expected] of [
      ['', true],
      ['default', true],
      ['pay', true],
      ['kube-system', false],
      ['pay ', false],
      ['*', false],
    ] as const) {
      assert.equal(meansOwnList({ namespace, allow: () => Buffer.alloc(0) }, own), expected);
    }
  });
});

it('a review is asked for by one method at one path', () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const asks = (method: string, target: string) =>
    asksForReview(method, requestInfo(method, target));
  assert.ok(asks('POST', path));
  assert.ok(asks('POST', `${path}?fieldManager=k9s`));
  for (const [method, target] of [
    ['GET', path],
    ['PUT', path],
    ['POST', `${path}/x`],
    ['POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'],
    ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews'],
    ['POST', '/apis/authorization.k8s.io/v1beta1/selfsubjectaccessreviews'],
    ['POST', '/apis/authorization.k8s.io/v1/namespaces/pay/selfsubjectaccessreviews'],
    ['POST', `/api/v1/namespaces/pay/services/web/proxy${path}`],
  ] as const) {
    assert.ok(!asks(method, target), `${method} ${target}`);
  }
});
