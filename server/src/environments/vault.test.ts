import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { createVault, openVault } from './vault.ts';

describe('the vault', () => {
  const folders: string[] = [];
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'sallyport-vault-'));
    folders.push(path);
    return path;
  };
  after(() => {
    for (const path of folders) rmSync(path, { recursive: true });
  });

  it('opens what it sealed, and never seals twice alike', () => {
    const vault = createVault(randomBytes(32));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.jsonValue()), (plain, bindTo) => {
        const sealed = vault.seal(plain, bindTo);
        assert.equal(vault.open(sealed, bindTo), plain.toWellFormed());
        assert.notEqual(vault.seal(plain, bindTo), sealed);
      }),
    );
  });

  it('opens nothing that was moved to something else', () => {
    const vault = createVault(randomBytes(32));
    const sealed = vault.seal('secret', ['environments', 1, 'https://a']);
    assert.equal(vault.open(sealed, ['environments', 2, 'https://a']), undefined);
    assert.equal(vault.open(sealed, ['environments', 1, 'https://b']), undefined);
    assert.equal(vault.open(sealed, ['environments', '1', 'https://a']), undefined);
  });

  it('opens nothing that was changed, cut, or sealed with another key', () => {
    const key = randomBytes(32);
    const vault = createVault(key);
    const sealed = vault.seal('secret', []);
    const body = sealed.lastIndexOf('.') + 1;
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...'AQgw_.'), (at, character) => {
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        const same = Buffer.from(changed.slice(body), 'base64url').equals(
          Buffer.from(sealed.slice(body), 'base64url'),
        );
        if (!same || at < body) {
          assert.equal(vault.open(changed, []), changed === sealed ? 'secret' : undefined);
        }
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => assert.equal(vault.open(text, []), undefined)));
    assert.equal(createVault(randomBytes(32)).open(sealed, []), undefined);
    assert.equal(createVault(key).open(sealed, []), 'secret');
  });

  it('makes its key at the first start, for its owner alone, and keeps it', () => {
    const dataDir = folder();
    const sealed = openVault(dataDir).seal('secret', []);
    assert.equal(statSync(join(dataDir, 'key')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(dataDir), ['key']);
    assert.equal(openVault(dataDir).open(sealed, []), 'secret');
  });

  it('leaves the folder alone where it is given a key', () => {
    const dataDir = folder();
    openVault(dataDir, randomBytes(32));
    assert.deepEqual(readdirSync(dataDir), []);
  });

  it('closes a key again that a volume has opened to its group', () => {
    const dataDir = folder();
    const { keyId } = openVault(dataDir);
    const file = join(dataDir, 'key');
    chmodSync(file, 0o660);
    assert.equal(openVault(dataDir).keyId, keyId);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('refuses a key that everybody may read, and one that is none', () => {
    const dataDir = folder();
    openVault(dataDir);
    const file = join(dataDir, 'key');
    chmodSync(file, 0o644);
    assert.throws(() => openVault(dataDir), { code: 'vault.key_exposed' });
    chmodSync(file, 0o600);
    const key = readFileSync(file, 'utf8');
    for (const damaged of ['', 'hello', key.slice(4), `${key}${key}`]) {
      writeFileSync(file, damaged);
      assert.throws(() => openVault(dataDir), { code: 'vault.key_damaged' });
    }
  });

  it('names the key that it cannot read, and the one that it cannot make', () => {
    const dataDir = folder();
    assert.throws(() => openVault(join(dataDir, 'missing')), {
      code: 'storage.unwritable',
      message: /missing.key: ENOENT/,
    });
    mkdirSync(join(dataDir, 'key'), { mode: 0o700 });
    assert.throws(() => openVault(dataDir), {
      code: 'storage.unreadable',
      message: /key: EISDIR/,
    });
  });
});
