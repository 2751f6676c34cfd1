import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cached, sourceKey } from './cache.ts';
import { versionIn } from './debian.ts';

describe('the cache of programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
  const before_ = process.env.XDG_CACHE_HOME;
  before(() => {
    process.env.XDG_CACHE_HOME = folder;
  });
  after(() => {
    if (before_ === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before_;
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes a folder once, also for two who ask at once', async () => {
    let made = 0;
    const make = async (work: string) => {
      made += 1;
      writeFileSync(join(work, 'program'), 'whole');
    };
    const paths = await Promise.all([cached('tool-1', make), cached('tool-1', make)]);
    assert.equal(paths[0], join(folder, 'sallyport', 'conformance', 'tool-1'));
    assert.equal(readFileSync(join(paths[1], 'program'), 'utf8'), 'whole');
    assert.equal(made, 1);
  });

  it('keeps nothing of what failed', async () => {
    await assert.rejects(
      cached('tool-2', async (work) => {
        writeFileSync(join(work, 'program'), 'half');
        throw new Error('the build failed');
      }),
      /the build failed/,
    );
    assert.ok(!existsSync(join(folder, 'sallyport', 'conformance', 'tool-2')));
    const again = await cached('tool-2', async (work) => {
      writeFileSync(join(work, 'other'), 'whole');
    });
    assert.ok(!existsSync(join(again, 'program')));
  });

  it('names a source folder by its content', () => {
    const source = mkdtempSync(join(folder, 'source-'));
    writeFileSync(join(source, 'a'), '1');
    const first = sourceKey(source);
    assert.equal(sourceKey(source), first);
    writeFileSync(join(source, 'a'), '2');
    assert.notEqual(sourceKey(source), first);
  });
});

describe('the version of a Debian package', () => {
  const MADISON = `
 kubectl | 1.36.4+ds-1 | http://deb.example/debian sid/main amd64 Packages
 kubectl | 1.32.3+ds-2 | http://deb.example/debian trixie/main amd64 Packages
`;
  it('is that of the suite', () => {
    assert.equal(versionIn(MADISON, 'trixie'), '1.32.3+ds-2');
    assert.equal(versionIn(MADISON, 'sid'), '1.36.4+ds-1');
  });

  it('is none where the suite has no such package', () => {
    assert.equal(versionIn(MADISON, 'bookworm'), undefined);
    assert.equal(versionIn('', 'sid'), undefined);
  });
});
