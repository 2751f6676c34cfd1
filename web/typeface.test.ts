import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CHARACTERS, charactersOf } from './typeface.ts';

test('whatever the page says by itself can be drawn in its typeface', () => {
  const drawn = new Set([...charactersOf(CHARACTERS), '\n']);
  const missing: string[] = [];
  for (const folder of ['src', '../contract/src']) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(css|tsx?)$/.test(name) || name.includes('.test.')) continue;
      for (const character of new Set(readFileSync(join(root, name), 'utf8'))) {
        if (!drawn.has(character)) missing.push(`${character} in ${name}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});
