import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SallyportError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { openAuthority } from './authority.ts';
import { issueForTest } from './fixtures.ts';

const DAY_MS = 86_400_000;
const logger = createLogger('silent');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (now = Date.now()) => openAuthority(folder, now, logger);
const file = () => join(folder, 'ca.pem');
const refused = (code: string, why: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SallyportError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, why);
  return true;
};

describe('the first start', () => {
  test('makes a CA for TLS servers only, for ten years, whose key only its user may read', async () => {
    const { certificate } = await open();
    assert.equal(certificate.ca, true);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    const years = (certificate.validToDate.getTime() - Date.now()) / (365 * DAY_MS);
    assert.ok(years > 9.9 && years < 10.1);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });

  test('leaves a copy of the certificate, without the key, and nothing else', async () => {
    const { pem } = await open();
    assert.equal(readFileSync(join(folder, 'ca.crt'), 'utf8'), pem);
    assert.doesNotMatch(pem, /PRIVATE/);
    assert.deepEqual(readdirSync(folder).sort(), ['ca.crt', 'ca.pem']);
  });

  test('of two processes at once makes one CA, and both have it', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => open()));
    assert.equal(new Set(all.map(({ pem }) => pem)).size, 1);
  });

  test('is not stopped by what a crash left behind', async () => {
    writeFileSync(`${file()}.${process.pid}.tmp`, 'half');
    await open();
    assert.deepEqual(readdirSync(folder).sort(), ['ca.crt', 'ca.pem']);
  });

  test('says which path cannot be written', async () => {
    const blocker = join(folder, 'file');
    writeFileSync(blocker, '');
    for (const [path, why] of [
      [join(blocker, 'data', 'tls'), /file\/data\/tls: a part of its path is no folder/],
      ['/proc/sallyport/tls', /\/proc\/sallyport\/tls: there is no such file or folder/],
    ] as const)
      await assert.rejects(
        openAuthority(path, Date.now(), logger),
        refused('storage.unwritable', why),
      );
  });
});

describe('a later start', () => {
  test('has the same CA', async () => {
    const first = await open();
    const second = await open();
    assert.equal(second.pem, first.pem);
  });

  test('writes the copy again where somebody removed it', async () => {
    const { pem } = await open();
    rmSync(join(folder, 'ca.crt'));
    await open();
    assert.equal(readFileSync(join(folder, 'ca.crt'), 'utf8'), pem);
  });

  test('refuses a CA that is damaged, and leaves it as it is', async () => {
    await open();
    const whole = readFileSync(file(), 'utf8');
    const other = await issueForTest('Other CA', undefined, { ca: true });
    const leaf = await issueForTest('leaf');
    const cases: Array<[string, RegExp]> = [
      ['', /no certificate/],
      [whole.slice(0, -40), /no certificate/],
      [
        whole.replace(/BEGIN CERTIFICATE-----\n.{20}/, 'BEGIN CERTIFICATE-----\nAAAA'),
        /cannot be read/,
      ],
      [whole.slice(whole.indexOf('-----BEGIN CERTIFICATE')), /the key cannot be read/],
      [other.key + whole.slice(whole.indexOf('-----BEGIN CERTIFICATE')), /another certificate/],
      [leaf.key + leaf.cert, /not one of a CA/],
    ];
    for (const [text, why] of cases) {
      writeFileSync(file(), text);
      await assert.rejects(open(), refused('tls.authority_damaged', why));
      assert.equal(readFileSync(file(), 'utf8'), text);
    }
  });

  test('refuses a CA that has ended', async () => {
    await open();
    await assert.rejects(
      open(Date.now() + 3_660 * DAY_MS),
      refused('tls.authority_damaged', /it expired at 20/),
    );
  });

  test('refuses a key that every user of the machine may read', async () => {
    await open();
    for (const mode of [0o604, 0o602, 0o644]) {
      chmodSync(file(), mode);
      await assert.rejects(open(), refused('tls.authority_exposed', /every user/));
    }
  });

  test('closes a key again that a volume opened to its group', async () => {
    const { pem } = await open();
    chmodSync(file(), 0o660);
    assert.equal((await open()).pem, pem);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });
});

describe('a server certificate', () => {
  test('is for the names asked for, verifies against the CA, and is valid already', async () => {
    const authority = await open();
    const { cert } = await authority.issue(
      ['gate.example', '192.0.2.1', '2001:db8::1'],
      Date.now(),
    );
    const certificate = new X509Certificate(cert);
    assert.ok(certificate.checkIssued(authority.certificate));
    assert.ok(certificate.verify(authority.certificate.publicKey));
    assert.equal(certificate.ca, false);
    assert.ok(certificate.checkHost('gate.example'));
    assert.ok(certificate.checkIP('192.0.2.1'));
    assert.ok(certificate.checkIP('2001:db8::1'));
    assert.equal(certificate.checkHost('other.example'), undefined);
    assert.ok(certificate.validFromDate.getTime() < Date.now() - 60_000);
  });

  test('never outlives the CA', async () => {
    const authority = await open();
    const nearTheEnd = authority.certificate.validToDate.getTime() - 10 * DAY_MS;
    const { cert } = await authority.issue(['a'], nearTheEnd);
    assert.deepEqual(new X509Certificate(cert).validToDate, authority.certificate.validToDate);
  });

  test('has a serial number of its own', async () => {
    const authority = await open();
    const serials = new Set<string>();
    for (let i = 0; i < 10; i++)
      serials.add(
        new X509Certificate((await authority.issue(['a'], Date.now())).cert).serialNumber,
      );
    assert.equal(serials.size, 10);
  });
});
