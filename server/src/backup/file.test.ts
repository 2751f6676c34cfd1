import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createBackup } from './backup.ts';
import { placeOf, writeBackup } from './file.ts';

const PASSPHRASE = 'a long enough passphrase';

describe('a backup that fails', () => {
  let folder: string;
  let dataDir: string;
  let to: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-file-'));
    dataDir = join(folder, 'data');
    to = join(folder, 'backups');
    for (const path of [dataDir, to]) mkdirSync(path);
    writeFileSync(join(dataDir, 'key'), 'key');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const backup = () =>
    createBackup({
      dataDir,
      copyData: async (copies) => writeFileSync(join(copies, 'sallyport.db'), 'data'),
    });

  const isClean = () => {
    assert.deepEqual(readdirSync(to), []);
    assert.deepEqual(readdirSync(dataDir), ['key']);
  };

  it('leaves nothing at once: where the disk is full', async () => {
    const full = new Error('ENOSPC: no space left on device');
    const failing = writeBackup(
      placeOf(to),
      PASSPHRASE,
      (told, write) =>
        backup().give(PASSPHRASE, told, async (pieces) => {
          await write(
            (async function* () {
              for await (const piece of pieces) {
                yield piece;
                throw full;
              }
            })(),
          );
        }),
      async () => {},
      undefined,
    );
    await assert.rejects(failing, full);
    isClean();
  });

  it('leaves nothing where it cannot be recorded', async () => {
    const failing = writeBackup(
      placeOf(to),
      PASSPHRASE,
      (told, write) => backup().give(PASSPHRASE, told, write),
      () => Promise.reject(new Error('the audit log cannot be written')),
      undefined,
    );
    await assert.rejects(failing, /audit log cannot be written/);
    isClean();
  });

  it('leaves nothing where what was read is not what was copied', async () => {
    const failing = writeBackup(
      placeOf(to),
      PASSPHRASE,
      (told, write) =>
        backup().give(PASSPHRASE, (name, hash) => told(name, name === 'key' ? '0' : hash), write),
      async () => {},
      undefined,
    );
    await assert.rejects(failing, { code: 'backup.not_proven' });
    isClean();
  });

  it('as a download that nobody takes, leaves no copies', async () => {
    const stream = await backup().create(PASSPHRASE);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy();
    await closed;
    isClean();
  });
});
