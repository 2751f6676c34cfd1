import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUSYBOX_IMAGE, busyboxImages, PAUSE_IMAGE } from './image.ts';
import { writeTar } from './tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-image-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the archive is one that tar reads, with modes, links and bytes', () => {
  const data = Buffer.from('x'.repeat(1000));
  const file = join(folder, 'some.tar');
  const entries = [
    { name: 'd/' },
    { name: 'd/run', data, mode: 0o755 },
    { name: 'd/link', link: 'run' },
    { name: 'empty' },
  ];
  writeFileSync(file, writeTar(entries));
  const list = execFileSync('tar', ['-tvf', file], { encoding: 'utf8' });
  assert.match(list, /^drwxr-xr-x .* d\/$/m);
  assert.match(list, /^-rwxr-xr-x .* 1000 .* d\/run$/m);
  assert.match(list, /^lrwxr-xr-x .* d\/link -> run$/m);
  assert.deepEqual(execFileSync('tar', ['-xOf', file, 'd/run']), data);
});

test('the image layout names both images, and every blob has the digest that names it', () => {
  const file = join(folder, 'images.tar');
  writeFileSync(file, busyboxImages(Buffer.from('program'), ['sh', '[', 'ls', 'busybox'], 'amd64'));
  execFileSync('tar', ['-xf', file, '-C', folder]);
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    manifests: { digest: string; annotations: Record<string, string> }[];
  };
  assert.deepEqual(
    index.manifests.map(({ annotations }) => annotations['io.containerd.image.name']),
    [BUSYBOX_IMAGE, PAUSE_IMAGE],
  );
  const blobs = readdirSync(join(folder, 'blobs', 'sha256'));
  for (const name of blobs) {
    const data = readFileSync(join(folder, 'blobs', 'sha256', name));
    assert.equal(createHash('sha256').update(data).digest('hex'), name);
  }
  for (const { digest } of index.manifests) assert.ok(blobs.includes(digest.slice(7)), digest);
});
