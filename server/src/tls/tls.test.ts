import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { SallyportError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { type Issued, issueForTest } from './fixtures.ts';
import { machineNames, requiredNames } from './names.ts';
import { createTls, type Tls, type TlsOptions } from './tls.ts';

const DAY_MS = 86_400_000;

let folder: string;
let lines: string[];
let open: Tls[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
  lines = [];
  open = [];
});
afterEach(() => {
  for (const tls of open) tls.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function create(options: Partial<TlsOptions> = {}): Promise<Tls> {
  const tls = await createTls({
    dataDir: folder,
    publicUrl: undefined,
    cert: undefined,
    key: undefined,
    hostnames: () => ['host.example', '192.0.2.1'],
    logger: createLogger('info', { write: (line) => lines.push(line) }),
    ...options,
  });
  open.push(tls);
  return tls;
}

const certOf = (tls: Tls) => tls.secureContext().cert;

describe("Sallyport's own certificate", () => {
  test('is for localhost, the machine and the public URL', async () => {
    const tls = await create({ publicUrl: 'https://Gate.Example:8443' });
    assert.deepEqual(tls.describe().names, [
      'localhost',
      '127.0.0.1',
      '::1',
      '*.sallyport.internal',
      '192.0.2.1',
      'gate.example',
      'host.example',
    ]);
    assert.equal(tls.describe().source, 'own');
    assert.match(tls.describe().issuer, /^CN=Sallyport CA [0-9a-f]{8}, O=Sallyport$/);
  });

  test('is the same after a restart', async () => {
    const first = await create();
    const second = await create();
    assert.equal(certOf(second), certOf(first));
    assert.equal(second.caData(), first.caData());
  });

  test('is issued anew when less than a third of its life is left, by the same CA', async () => {
    let now = Date.now();
    const tls = await create({ now: () => now });
    const before = certOf(tls);
    let changes = 0;
    const unsubscribe = tls.onChange(() => {
      changes += 1;
    });
    now += 59 * DAY_MS;
    await tls.refresh();
    assert.equal(certOf(tls), before);
    now += 2 * DAY_MS;
    await tls.refresh();
    assert.notEqual(certOf(tls), before);
    assert.equal(changes, 1);
    unsubscribe();
    now += 90 * DAY_MS;
    await tls.refresh();
    assert.equal(changes, 1);
    assert.ok(tls.describe().notAfter.getTime() > now + 80 * DAY_MS);
  });

  test('is issued anew when the machine has another address', async () => {
    let names = ['a.example'];
    const tls = await create({ hostnames: () => names });
    names = ['a.example', '198.51.100.1'];
    await tls.refresh();
    assert.ok(tls.describe().names.includes('198.51.100.1'));
    const after = certOf(tls);
    names = ['198.51.100.1', 'a.example'];
    await tls.refresh();
    assert.equal(certOf(tls), after);
  });

  test('is taken from another process that has issued it', async () => {
    const names = { first: ['a.example'], second: ['a.example'] };
    const first = await create({ hostnames: () => names.first });
    const second = await create({ hostnames: () => names.second });
    assert.equal(certOf(second), certOf(first));
    let changes = 0;
    second.onChange(() => {
      changes += 1;
    });
    names.first = names.second = ['b.example'];
    await first.refresh();
    await second.refresh();
    assert.deepEqual(second.describe().names, first.describe().names);
    assert.equal(certOf(second), certOf(first));
    await second.refresh();
    assert.equal(changes, 1);
  });

  test('is replaced where its file is damaged, exposed or from another CA', async () => {
    const file = join(folder, 'tls', 'server.pem');
    const ca = (await create()).caData();
    const other = await issueForTest('localhost');
    for (const text of ['', 'nonsense', other.key + other.cert]) {
      writeFileSync(file, text);
      const tls = await create();
      assert.equal(tls.caData(), ca);
      assert.ok(tls.describe().names.includes('host.example'));
    }
    const before = certOf(await create());
    chmodSync(file, 0o644);
    assert.notEqual(certOf(await create()), before);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test('stays in use where a new one cannot be written, and the log says so', async () => {
    let names = ['a.example'];
    const tls = await create({ hostnames: () => names });
    const before = certOf(tls);
    rmSync(join(folder, 'tls'), { recursive: true });
    writeFileSync(join(folder, 'tls'), '');
    names = ['b.example'];
    await tls.refresh();
    assert.equal(certOf(tls), before);
    assert.match(lines.join(''), /could not be issued anew/);
  });

  test('never puts a key into the log', async () => {
    await create();
    assert.ok(lines.length > 0);
    assert.doesNotMatch(lines.join(''), /PRIVATE/);
  });
});

describe('the names of the machine', () => {
  test('can all stand in a certificate', () => {
    const names = requiredNames(undefined, machineNames());
    assert.deepEqual(names.slice(0, 3), ['localhost', '127.0.0.1', '::1']);
    assert.equal(new Set(names).size, names.length);
  });

  test('are left out where they are no names, and written in one way', () => {
    const names = requiredNames('https://[2001:DB8:0::1]:9443', [
      'Host.',
      'a b',
      '',
      'fe80::1%eth0x',
    ]);
    assert.deepEqual(names.slice(4), ['2001:db8::1', 'host'].sort());
  });
});

describe("the operator's certificate", () => {
  let root: Issued;
  const cert = () => join(folder, 'tls.crt');
  const key = () => join(folder, 'tls.key');
  const put = (pair: { cert: string; key: string }, chain = '') => {
    writeFileSync(cert(), pair.cert + chain);
    writeFileSync(key(), pair.key);
  };
  const createOperators = (options: Partial<TlsOptions> = {}) =>
    create({ cert: cert(), key: key(), ...options });
  const refusedAs = (why: RegExp) => (error: unknown) => {
    assert.ok(error instanceof SallyportError, String(error));
    assert.equal(error.code, 'tls.certificate_unusable');
    assert.match(error.message, why);
    return true;
  };

  beforeEach(async () => {
    root = await issueForTest('Root', undefined, { ca: true });
  });

  test('is served with its chain, and no CA is made', async () => {
    put(await issueForTest('gate.example', root), root.cert);
    const tls = await createOperators();
    assert.deepEqual(tls.describe().names, ['gate.example']);
    assert.equal(tls.describe().source, 'operator');
    assert.equal(String(certOf(tls)).match(/BEGIN/g)?.length, 2);
    assert.equal(tls.caData()?.replaceAll(/\s/g, ''), root.cert.replaceAll(/\s/g, ''));
    assert.throws(() => readFileSync(join(folder, 'tls', 'ca.pem')));
  });

  test('is refused at the start where it cannot be used, with the reason', async () => {
    const good = await issueForTest('gate.example', root);
    const expired = await issueForTest('gate.example', root, { days: [-10, -1] });
    const early = await issueForTest('gate.example', root, { days: [1, 10] });
    const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'hunter2',
    });
    await assert.rejects(
      createOperators(),
      refusedAs(/tls\.crt is not usable: there is no such file or folder/),
    );
    put({ cert: '', key: '' });
    await assert.rejects(createOperators(), refusedAs(/no certificate/));
    put({ cert: good.cert, key: '' });
    await assert.rejects(createOperators(), refusedAs(/the key cannot be read/));
    put({ cert: good.cert, key: root.key });
    await assert.rejects(createOperators(), refusedAs(/the key belongs to another certificate/));
    put({ cert: good.cert, key: String(encrypted) });
    await assert.rejects(createOperators(), refusedAs(/the key is encrypted/));
    put(expired);
    await assert.rejects(createOperators(), refusedAs(/it expired at 20/));
    put(early);
    await assert.rejects(createOperators(), refusedAs(/it is not valid before 20/));
    rmSync(key());
    await assert.rejects(
      createOperators(),
      refusedAs(/tls\.key is not usable: there is no such file or folder/),
    );
    mkdirSync(key());
    await assert.rejects(createOperators(), refusedAs(/it is a folder/));
  });

  test('is read again when its files change', async () => {
    put(await issueForTest('a.example', root));
    const tls = await createOperators();
    let changes = 0;
    tls.onChange(() => {
      changes += 1;
    });
    await tls.refresh();
    assert.equal(changes, 0);
    put(await issueForTest('b.example', root));
    await tls.refresh();
    assert.deepEqual(tls.describe().names, ['b.example']);
    assert.equal(changes, 1);
  });

  test('is read again when a link above it is swapped, as Kubernetes does with Secrets', async () => {
    for (const name of ['a.example', 'b.example']) {
      const pair = await issueForTest(name, root);
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'tls.crt'), pair.cert);
      writeFileSync(join(folder, name, 'tls.key'), pair.key);
    }
    symlinkSync('a.example', join(folder, '..data'));
    symlinkSync('..data/tls.crt', cert());
    symlinkSync('..data/tls.key', key());
    const tls = await createOperators();
    symlinkSync('b.example', join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
    await tls.refresh();
    assert.deepEqual(tls.describe().names, ['b.example']);
  });

  test('stays in use while the new one is not usable, which the log says once', async () => {
    put(await issueForTest('a.example', root));
    const tls = await createOperators();
    const next = await issueForTest('b.example', root);
    lines.length = 0;
    // As in the moment between the writing of the one file and of the other.
    writeFileSync(cert(), next.cert);
    await tls.refresh();
    await tls.refresh();
    assert.deepEqual(tls.describe().names, ['a.example']);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /stays in use/);
    writeFileSync(key(), next.key);
    await tls.refresh();
    assert.deepEqual(tls.describe().names, ['b.example']);
  });

  test('that ends within two weeks is warned of once a day', async () => {
    let now = Date.now();
    put(await issueForTest('a.example', root, { days: [-1, 13] }), root.cert);
    const tls = await createOperators({ now: () => now });
    const warnings = () => lines.filter((line) => line.includes('ends soon')).length;
    assert.equal(warnings(), 1);
    await tls.refresh();
    assert.equal(warnings(), 1);
    now += DAY_MS;
    await tls.refresh();
    assert.equal(warnings(), 2);
  });

  test('that comes without its CA is warned of, since kubeconfigs end with it', async () => {
    put(await issueForTest('a.example', root));
    const tls = await createOperators();
    assert.match(lines.join(''), /put the CA at the end of the file/);
    assert.match(tls.caData() ?? '', /BEGIN CERTIFICATE/);
  });
});

test('a certificate is swapped under a running server, and open connections stay', async () => {
  let names = ['a.example'];
  const tls = await create({ hostnames: () => names });
  const server = createServer(tls.secureContext(), (socket) => socket.pipe(socket));
  tls.onChange(() => server.setSecureContext(tls.secureContext()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dial = async (servername: string): Promise<TLSSocket> => {
    const ca = tls.caData();
    const socket = connect({ host: '127.0.0.1', port, servername, ...(ca ? { ca } : {}) });
    await once(socket, 'secureConnect');
    return socket;
  };
  const first = await dial('a.example');
  names = ['b.example'];
  await tls.refresh();
  const second = await dial('b.example');
  assert.equal(second.authorized, true);
  assert.equal(second.getProtocol(), 'TLSv1.3');
  first.write('still here');
  assert.equal(String((await once(first, 'data'))[0]), 'still here');
  const old = connect({
    host: '127.0.0.1',
    port,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  await assert.rejects(once(old, 'secureConnect'));
  first.destroy();
  second.destroy();
  server.close();
  await once(server, 'close');
});
