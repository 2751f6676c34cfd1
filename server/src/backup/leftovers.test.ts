import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hold, removeLeftovers, temporaryName } from './leftovers.ts';

/** More than Linux gives a process (proc(5), pid_max). */
const NOBODY = 2 ** 30;

describe('what was left behind', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-leftovers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const make = (name: string) => writeFileSync(join(folder, name), '');
  const ofTheDead = () => temporaryName('.x-').replace(`-${process.pid}-`, `-${NOBODY}-`);
  const elsewhere = () => `.x-${'0'.repeat(12)}-1-${'0'.repeat(12)}`;

  it('is removed where its process is no more, and left where it is', () => {
    const [mine, dead] = [temporaryName('.x-'), ofTheDead()];
    make(mine);
    make(dead);
    assert.deepEqual(removeLeftovers(folder, '.x-'), [dead]);
    assert.deepEqual(readdirSync(folder), [mine]);
  });

  it('of another machine is removed once it is a day old', () => {
    make(elsewhere());
    assert.deepEqual(removeLeftovers(folder, '.x-'), []);
    const old = (Date.now() - 25 * 3_600_000) / 1_000;
    utimesSync(join(folder, elsewhere()), old, old);
    assert.deepEqual(removeLeftovers(folder, '.x-'), [elsewhere()]);
  });

  it('as a folder is removed as soon as nobody holds it, wherever it was made', () => {
    mkdirSync(join(folder, elsewhere()));
    const letGo = hold(join(folder, elsewhere()));
    assert.deepEqual(removeLeftovers(folder, '.x-', { alone: true }), []);
    letGo();
    assert.deepEqual(removeLeftovers(folder, '.x-'), [elsewhere()]);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is nothing that has another name', () => {
    for (const name of ['.x-', '.x-short', '.x-aB3dE6', `${elsewhere()}0`, '.y-aB3dE6', 'x'])
      make(name);
    assert.deepEqual(removeLeftovers(folder, '.x-'), []);
    // As mkdtemp(3) names them, which versions before did.
    assert.deepEqual(removeLeftovers(folder, '.x-', { alone: true }), ['.x-aB3dE6']);
    assert.deepEqual(removeLeftovers(join(folder, 'nowhere'), '.x-'), []);
  });
});
