import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { SallyportError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { type Issued, issueForTest } from './fixtures.ts';
import { UnusablePair } from './pair.ts';
import { createTls, type Tls } from './tls.ts';
import { covers, readUpload } from './upload.ts';

const HOST = 'gate.example';
let root: Issued;
let middle: Issued;
let leaf: Issued;
before(async () => {
  root = await issueForTest('Root', undefined, { ca: true });
  middle = await issueForTest('Middle', root, { ca: true });
  leaf = await issueForTest(HOST, middle);
});

describe('a certificate that is uploaded', () => {
  const read = (cert: string, key = leaf.key) => readUpload(cert, key, Date.now());
  const refused = (cert: string, why: RegExp, key = leaf.key) =>
    assert.throws(
      () => read(cert, key),
      (error) => error instanceof UnusablePair && why.test(error.message),
      String(why),
    );

  it('is taken with its chain, with or without the root, and nothing else of what was pasted', () => {
    assert.equal(read(leaf.cert + middle.cert + root.cert).chain.length, 3);
    const { cert, key } = read(`a remark\n${leaf.cert}${middle.cert}`, `hello\n${leaf.key}`);
    assert.ok(!cert.includes('remark') && !key.includes('hello'));
    assert.deepEqual(createPrivateKey(key), createPrivateKey(leaf.key));
  });

  it('is refused where it is none, or the key is none, another, or has a password', () => {
    refused('hello', /no certificate in PEM/);
    refused(leaf.cert.replace('MII', 'AAA'), /cannot be read/);
    refused(leaf.cert, /key cannot be read/, 'hello');
    refused(leaf.cert, /another certificate/, middle.key);
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: {
        ...{ type: 'pkcs8', format: 'pem' },
        ...{ cipher: 'aes-256-cbc', passphrase: 'secret' },
      },
    });
    refused(leaf.cert, /key is encrypted/, privateKey);
  });

  it('is refused where its chain is out of order, has a gap, or goes on for ever', () => {
    refused(leaf.cert + root.cert, /certificate 2 did not sign certificate 1/);
    refused(leaf.cert + middle.cert + middle.cert, /certificate 3 did not sign certificate 2/);
    refused(middle.cert + leaf.cert, /another certificate/);
    refused(leaf.cert + root.cert.repeat(10), /11 certificates/);
  });

  it('is refused outside its dates, and those of who signed it', async () => {
    const past = await issueForTest(HOST, undefined, { days: [-9, -1] });
    refused(past.cert, /expired at 20/, past.key);
    const future = await issueForTest(HOST, undefined, { days: [1, 9] });
    refused(future.cert, /not valid before 20/, future.key);
    const ended = await issueForTest('Ended', undefined, { ca: true, days: [-9, -1] });
    const child = await issueForTest(HOST, ended);
    refused(child.cert + ended.cert, /of certificate 2 in the chain: it expired/, child.key);
  });

  it('is refused where no client would take it: without names, or for another use', async () => {
    refused(root.cert, /names no host/, root.key);
    const mail = await issueForTest(HOST, undefined, { use: '1.3.6.1.5.5.7.3.4' });
    refused(mail.cert, /not meant for TLS servers/, mail.key);
    const server = await issueForTest(HOST, undefined, { use: '1.3.6.1.5.5.7.3.1' });
    assert.ok(read(server.cert, server.key));
  });

  it('is for the names in it, and its subject is none of them', () => {
    assert.ok(covers(new X509Certificate(leaf.cert), 'GATE.example'));
    assert.ok(!covers(new X509Certificate(leaf.cert), '192.0.2.1'));
    assert.ok(!covers(new X509Certificate(root.cert), 'Root'));
  });
});

describe('the data folder with an upload', () => {
  let folder: string;
  let lines: string[];
  let open: Tls[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-upload-'));
    lines = [];
    open = [];
  });
  afterEach(() => {
    for (const tls of open) tls.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = () => join(folder, 'tls', 'uploaded.pem');
  async function start(given: { cert?: string; key?: string; now?: () => number } = {}) {
    const { cert, key, ...rest } = given;
    const tls = await createTls({
      ...{ dataDir: folder, publicUrl: undefined, cert, key, ...rest },
      logger: createLogger('info', { write: (line) => lines.push(line) }),
    });
    open.push(tls);
    return tls;
  }
  const code = (wanted: string) => (error: unknown) =>
    error instanceof SallyportError && error.code === wanted;
  const chain = () => leaf.cert + middle.cert + root.cert;

  it('has it for its owner alone; it is served at once, trusted by its root, and kept', async () => {
    const tls = await start();
    let changes = 0;
    tls.onChange(() => {
      changes += 1;
    });
    const own = tls.caData();
    tls.upload({ certificate: chain(), key: leaf.key, host: HOST });
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.equal(changes, 1);
    assert.equal(tls.describe().source, 'uploaded');
    assert.equal(
      new X509Certificate(tls.caData() ?? '').fingerprint256,
      new X509Certificate(root.cert).fingerprint256,
    );
    assert.equal(tls.describe().trustedAlone, false);

    const again = await start();
    assert.equal(again.secureContext().cert, tls.secureContext().cert);
    again.dropUpload();
    assert.equal(again.caData(), own);
    assert.equal(tls.describe().source, 'uploaded');
    tls.reread();
    assert.equal(tls.describe().source, 'own');
    tls.dropUpload();
    assert.equal(changes, 2);
  });

  it('keeps what is there where another is refused, or is for another name', async () => {
    const tls = await start();
    const before = tls.secureContext().cert;
    const { key } = leaf;
    assert.throws(
      () => tls.upload({ certificate: 'hello', key, host: HOST }),
      code('tls.upload_refused'),
    );
    assert.throws(
      () => tls.upload({ certificate: chain(), key, host: 'other.example' }),
      code('tls.upload_names'),
    );
    assert.equal(tls.secureContext().cert, before);
    tls.upload({ certificate: leaf.cert, key, host: undefined });
    assert.equal(tls.describe().trustedAlone, true);
  });

  it('takes no upload where the certificate is configuration', async () => {
    const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    writeFileSync(cert, leaf.cert);
    writeFileSync(key, leaf.key);
    const tls = await start({ cert, key });
    assert.throws(
      () => tls.upload({ certificate: chain(), key: leaf.key, host: HOST }),
      code('tls.upload_configured'),
    );
    assert.throws(() => tls.dropUpload(), code('tls.upload_configured'));
  });

  it('serves one that has ended, and says so: else nobody could bring the next', async () => {
    (await start()).upload({ certificate: chain(), key: leaf.key, host: HOST });
    const tls = await start({ now: () => Date.now() + 100 * 86_400_000 });
    assert.equal(tls.describe().source, 'uploaded');
    assert.ok(lines.some((line) => line.includes('The certificate has ended.')));
  });

  it('with a damaged or exposed file stops a start, and changes nothing while running', async () => {
    const tls = await start();
    tls.upload({ certificate: chain(), key: leaf.key, host: HOST });
    const { cert } = tls.secureContext();
    const text = readFileSync(file(), 'utf8');
    chmodSync(file(), 0o644);
    await assert.rejects(start(), code('tls.uploaded_damaged'));
    chmodSync(file(), 0o600);
    writeFileSync(file(), text.slice(0, 200));
    await assert.rejects(start(), code('tls.uploaded_damaged'));
    await tls.refresh();
    await tls.refresh();
    assert.equal(tls.secureContext().cert, cert);
    assert.equal(lines.filter((line) => line.includes('is not usable')).length, 1);
  });
});
