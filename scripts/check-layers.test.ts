import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { checkLayers } from './check-layers.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-layers-'));
  for (const workspace of ['contract', 'server', 'web', 'lab'])
    mkdirSync(join(root, workspace, 'src'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

test('this repository keeps its rules', () => {
  assert.deepEqual(checkLayers(join(import.meta.dirname, '..')), []);
});

test('what runs downwards is allowed', () => {
  plant('server/src/main.ts', "import { startGateway } from './gateway.ts';\nprocess.argv;\n");
  plant('server/src/gateway.ts', "import { createProxy } from './proxy/proxy.ts';\n");
  plant('server/src/proxy/proxy.ts', "import type { Access } from '../access/access.ts';\n");
  plant('server/src/access/rbac/x.ts', "import { openStore } from '../../store/store.ts';\n");
  plant(
    'server/src/listener/x.ts',
    "import { a } from '../listener.ts';\nimport net from 'node:net';\n",
  );
  plant('server/src/tls/x.ts', "import { fail } from '../errors.ts';\nimport { z } from 'zod';\n");
  plant(
    'web/src/x.tsx',
    "import { routes } from '@sallyport/contract';\nimport React from 'react';\n",
  );
  plant('contract/src/x.ts', "import { z } from 'zod';\nexport * from './y.ts';\n");
  assert.deepEqual(checkLayers(root), []);
});

const violations: Array<[string, string, RegExp]> = [
  ['server/src/store/x.ts', "import { a } from '../access/a.ts';", /store may not import access/],
  ['server/src/proxy/x.ts', "import type { A } from '../api/a.ts';", /proxy may not import api/],
  ['server/src/api/x.ts', "export { a } from '../proxy/a.ts';", /api may not import proxy/],
  ['server/src/api/x.ts', "export * from '../proxy/a.ts';", /api may not import proxy/],
  [
    'server/src/access/x.ts',
    "import {\n  a,\n  b,\n} from '../identity/a.ts';",
    /access may not import identity/,
  ],
  ['server/src/tls/x.ts', "await import('../listener.ts');", /tls may not import listener/],
  ['server/src/listener.ts', "import './gateway.ts';", /listener may not import gateway/],
  ['server/src/errors.ts', "import { a } from './store/a.ts';", /errors may not import store/],
  ['server/src/attic/x.ts', "import { a } from '../store/a.ts';", /attic is not in the table/],
  [
    'server/src/proxy/x.ts',
    "import { a } from '../../../lab/src/index.ts';",
    /outside of its own sources/,
  ],
  ['server/src/proxy/x.ts', "import { a } from '@sallyport/lab';", /server may not import lab/],
  ['server/src/proxy/x.ts', "import { a } from './testing.ts';", /does not use what is for tests/],
  ['server/src/proxy/x.ts', 'const home = process.env.HOME;', /only main\.ts reads/],
  ['web/src/x.tsx', "import { a } from '@sallyport/server';", /web may not import server/],
  ['lab/src/x.ts', "import { a } from '../../server/src/errors.ts';", /outside of its own sources/],
  ['contract/src/x.ts', "import { a } from 'node:fs';", /contract may import zod only/],
];
for (const [file, text, pattern] of violations)
  test(`in ${file}, ${text.replace(/\s+/g, ' ')} is found`, () => {
    plant(file, `/** Some file. */\n${text}\n`);
    const problems = checkLayers(root);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', pattern);
    assert.ok(problems[0]?.startsWith(file));
  });

test('tests may reach anywhere', () => {
  plant('server/src/proxy/x.test.ts', "import { a } from '../api/a.ts';\nprocess.env.X;\n");
  plant('server/src/proxy/testing.ts', "import { a } from '@sallyport/lab';\n");
  assert.deepEqual(checkLayers(root), []);
});

test('what only looks like an import is none', () => {
  plant(
    'server/src/proxy/x.ts',
    "// import { a } from '../api/a.ts';\nconst text = \"import '../api/a.ts'\";\n",
  );
  assert.deepEqual(checkLayers(root), []);
});
