import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  checkAuthorities,
  endsSoon,
  readAuthorities,
  toPem,
  UnusableAuthorities,
} from './authorities.ts';
import { type Issued, issueForTest } from './fixtures.ts';

const DAY_MS = 86_400_000;

describe('the CAs that kubeconfigs are to trust', () => {
  let old: Issued;
  let fresh: Issued;
  let leaf: Issued;
  before(async () => {
    old = await issueForTest('Old CA', undefined, { ca: true, days: [-900, 20] });
    fresh = await issueForTest('New CA', undefined, { ca: true, days: [-1, 900] });
    leaf = await issueForTest('gate.example', fresh);
  });

  const why = (text: string, pattern: RegExp) =>
    assert.throws(
      () => readAuthorities(text),
      (error: unknown) => {
        assert.ok(error instanceof UnusableAuthorities);
        assert.match(error.message, pattern);
        return true;
      },
    );

  it('may be several, each once, with words around them that are not kept', () => {
    const text = `subject=CN=Old CA\r\n${old.cert}\n\n${fresh.cert}${old.cert}# the end`;
    const read = readAuthorities(text);
    assert.deepEqual(
      read.map(({ certificate, alone }) => [certificate.subject, alone]),
      [
        ['CN=Old CA', false],
        ['CN=New CA', false],
      ],
    );
    assert.equal(toPem(read), old.cert + fresh.cert);
    checkAuthorities(read, Date.now());
  });

  it('may be one certificate that signed itself, which is then trusted alone', async () => {
    const { cert } = await issueForTest('gate.example');
    assert.deepEqual(
      readAuthorities(cert).map(({ alone }) => alone),
      [true],
    );
  });

  it('are said to end soon where a file that is made now may outlive them', () => {
    const [first, second] = readAuthorities(old.cert + fresh.cert);
    assert.ok(first && second);
    assert.deepEqual([endsSoon(first, Date.now()), endsSoon(second, Date.now())], [true, false]);
  });

  it('must be certificates in PEM', () => {
    why('', /no PEM, which begins with/);
    why('MIIB', /no PEM/);
    why(old.cert.slice(0, -40), /cut off/);
    why(old.cert + fresh.cert.slice(0, 200), /cut off/);
    why('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', /cannot be read/);
    const request = '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----';
    why(old.cert + request, /number 2 is no certificate, but a CERTIFICATE REQUEST/);
  });

  it('must be CAs: a server’s certificate names the one to give', () => {
    why(leaf.cert, /CN=gate\.example\) is the certificate of no CA.*CN=New CA/);
    why(fresh.cert + leaf.cert, /number 2 \(CN=gate\.example/);
  });

  it('must hold no private key, and what was given is not repeated', () => {
    for (const kind of ['', 'RSA ', 'EC ', 'ENCRYPTED ', 'OPENSSH ']) {
      const secret = 'c2VjcmV0';
      const key = `-----BEGIN ${kind}PRIVATE KEY-----\n${secret}\n-----END ${kind}PRIVATE KEY-----`;
      for (const text of [key, fresh.cert + key, key + fresh.cert, key.slice(0, -9)])
        assert.throws(
          () => readAuthorities(text),
          (error: Error) => /private key/.test(error.message) && !error.message.includes(secret),
        );
    }
  });

  it('must be few', async () => {
    const many = await Promise.all(
      Array.from({ length: 11 }, (_, n) => issueForTest(`CA ${n}`, undefined, { ca: true })),
    );
    why(many.map(({ cert }) => cert).join(''), /there are 11 of them/);
  });

  it('must be valid now, each of them', () => {
    const read = readAuthorities(fresh.cert + old.cert);
    const at = (days: number) => () => checkAuthorities(read, Date.now() + days * DAY_MS);
    at(0)();
    assert.throws(at(21), /CN=Old CA ended at /);
    assert.throws(at(-2), /CN=New CA is not valid before /);
  });

  it('are judged by an error of their own, whatever the text', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '\n', 'AAAA'),
      fc.constant(old.cert),
      fc.base64String(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          for (const { certificate } of readAuthorities(pieces.join('')))
            assert.equal(certificate.subject, 'CN=Old CA');
        } catch (error) {
          assert.ok(error instanceof UnusableAuthorities, String(error));
        }
      }),
    );
  });
});
