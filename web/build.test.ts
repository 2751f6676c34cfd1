import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOT_COPIED = new Set(['dist', '.build', 'e2e', 'node_modules']);

test('the page is built when something changed, and a build that fails spoils nothing', async (t) => {
  // A copy of its own, since the page of the checkout may be served by other tests meanwhile.
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-build-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['web', 'contract', 'package-lock.json', 'tsconfig.base.json']) {
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => !NOT_COPIED.has(basename(path)),
    });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const dist = join(folder, 'web/dist');

  function build(...args: string[]) {
    return spawnSync(process.execPath, ['web/build.ts', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  }

  await t.test('says what it does and how long it took', () => {
    const { status, stdout, stderr } = build('--if-stale');
    assert.equal(stderr, '');
    assert.match(stdout, /^Building the page… \d+\.\d s\n$/);
    assert.equal(status, 0);
  });

  await t.test('names assets by their content, and puts compressed ones beside them', () => {
    const assets = readdirSync(join(dist, 'assets'));
    assert.ok(assets.every((name) => /-[\w-]{8}\.((css|js)(\.br|\.gz)?|woff2)$/.test(name)));
    const [, main] = /src="\/assets\/(index-[^"]+\.js)"/.exec(readPage()) ?? [];
    assert.ok(main && assets.includes(`${main}.br`) && assets.includes(`${main}.gz`));
  });

  await t.test(
    'makes the typeface, has the page preload it, and puts its licence beside it',
    () => {
      const [, typeface] =
        /<link rel="preload" as="font"[^>]+"\/(assets\/[^"]+)"/.exec(readPage()) ?? [];
      assert.ok(typeface);
      // The whole of Inter is sixteen times as large, and the first load has no room for it.
      assert.ok(statSync(join(dist, typeface)).size < 25_000);
      assert.match(readFileSync(join(dist, 'licenses/inter.txt'), 'utf8'), /SIL OPEN FONT LICENSE/);
    },
  );

  await t.test('holds no inline script or style, and no address of anybody else', () => {
    const page = readPage();
    assert.doesNotMatch(page, /<style|style=|<script(?![^>]*\ssrc=")/);
    assert.doesNotMatch(page, /(src|href)="(?!\/)/);
  });

  await t.test('does nothing and says nothing while nothing changed', () => {
    const before = statSync(dist).ino;
    const { status, stdout, stderr } = build('--if-stale');
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
    assert.equal(statSync(dist).ino, before);
  });

  await t.test('leaves the earlier page whole where a build fails', () => {
    const before = readdirSync(dist, { recursive: true });
    appendFileSync(join(folder, 'web/src/main.tsx'), '\nthis is no program(');
    const { status, stdout, stderr } = build('--if-stale');
    assert.equal(status, 1);
    assert.match(stdout, /it failed/);
    assert.match(stderr, /main\.tsx/);
    assert.deepEqual(readdirSync(dist, { recursive: true }), before);
    assert.ok(!readdirSync(join(folder, 'web')).includes('.build'));
  });

  function readPage(): string {
    return readFileSync(join(dist, 'index.html'), 'utf8');
  }
});
