import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { type Issued, issueForTest } from './fixtures.ts';
import { findTrust } from './trust.ts';

describe('whom a client must trust', () => {
  let root: X509Certificate;
  let middle: X509Certificate;
  let leaf: X509Certificate;
  let stranger: X509Certificate;
  let selfSigned: X509Certificate;

  before(async () => {
    const parse = ({ cert }: Issued) => new X509Certificate(cert);
    const rootCa = await issueForTest('Root', undefined, { ca: true });
    const middleCa = await issueForTest('Middle', rootCa, { ca: true });
    root = parse(rootCa);
    middle = parse(middleCa);
    leaf = parse(await issueForTest('gate.example', middleCa));
    // The same name as the root, another key: only the signature tells them apart.
    stranger = parse(await issueForTest('Root', undefined, { ca: true }));
    selfSigned = parse(await issueForTest('self.example'));
  });

  test('is a public root where the chain leads to one, in the file or not', () => {
    assert.equal(findTrust([leaf, middle], [root]).public, true);
    assert.equal(findTrust([leaf, middle, root], [root]).public, true);
    assert.equal(findTrust([leaf, root, middle], [root]).public, true);
    assert.equal(findTrust([leaf], [middle]).public, true);
  });

  test('is the root of the file where that is no public one', () => {
    assert.deepEqual(findTrust([leaf, middle, root], [stranger]), { public: false, anchor: root });
    assert.deepEqual(findTrust([leaf, root, stranger, middle], []), {
      public: false,
      anchor: root,
    });
  });

  test('is the topmost that the file leads to', () => {
    assert.deepEqual(findTrust([leaf, middle], [stranger]), { public: false, anchor: middle });
    assert.deepEqual(findTrust([leaf, root], []), { public: false, anchor: leaf });
    assert.deepEqual(findTrust([leaf, stranger], []), { public: false, anchor: leaf });
  });

  test('is the certificate itself where it is self-signed', () => {
    assert.deepEqual(findTrust([selfSigned], [root]), { public: false, anchor: selfSigned });
  });

  test('is not somebody who merely has the name of the issuer', () => {
    assert.equal(findTrust([leaf, middle], [stranger]).public, false);
  });

  test('is found among the roots that Node knows', () => {
    const roots = rootCertificates.map((pem) => new X509Certificate(pem));
    const [first] = roots;
    assert.ok(first);
    assert.equal(findTrust([first], roots).public, true);
    assert.equal(findTrust([leaf, middle, root], roots).public, false);
  });
});
