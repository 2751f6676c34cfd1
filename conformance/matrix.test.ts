import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type KnownFailure,
  knownFailure,
  type Outcome,
  type Result,
  toLine,
  toMarkdown,
  toSummary,
} from './matrix.ts';

const result = (
  client: string,
  capability: string,
  outcome: Outcome,
  kubernetes = 'v1.36.3',
): Result => ({ family: 'kubectl', client, capability, kubernetes, outcome });

const PASS: Outcome = { state: 'pass' };
const FAIL: Outcome = { state: 'fail', reason: 'it hung' };
const GONE: Outcome = { state: 'unavailable', reason: 'not in a|package' };
const FACTS = {
  date: '2026-11-22T10:00:00Z',
  command: 'npm run conformance -- --write',
  sallyport: '0.1.0',
  node: 'v24.21.0',
  kubernetes: ['v1.36.3', 'v1.20.2'],
};

describe('the conformance matrix', () => {
  const results = [
    result('kubectl 1.20', 'get', PASS),
    result('kubectl 1.20', 'exec', FAIL),
    result('kubectl 1.36', 'get', PASS),
    result('kubectl 1.36', 'exec', GONE),
    result('kubectl 1.20', 'get', FAIL, 'v1.20.2'),
  ];

  it('has a row for each capability and a column for each client and version', () => {
    const lines = toMarkdown(results, [], FACTS).split('\n');
    const header = lines.find((line) => line.startsWith('|  |'));
    assert.equal(
      header,
      '|  | kubectl 1.20<br>→ v1.36.3 | kubectl 1.36<br>→ v1.36.3 | kubectl 1.20<br>→ v1.20.2 |',
    );
    assert.ok(lines.includes('| get | ✓ | ✓ | ✗ [1](#notes) |'));
  });

  it('leaves a cell empty where nothing was run', () => {
    assert.match(toMarkdown(results, [], FACTS), /\| exec \| ✗ \[1\]\(#notes\) \| – .* \| {2}\|/);
  });

  it('lists every reason once', () => {
    const page = toMarkdown(results, [], FACTS);
    assert.equal(page.split('it hung').length - 1, 1);
    assert.match(page, /^1\. it hung$/m);
    assert.match(page, /^2\. not in a\|package$/m);
  });

  it('has no section of notes where everything passes', () => {
    assert.ok(!toMarkdown([result('kubectl', 'get', PASS)], [], FACTS).includes('## Notes'));
  });

  it('says what made it', () => {
    const page = toMarkdown(results, [], FACTS);
    assert.match(page, /Made on 2026-11-22 by `npm run conformance -- --write`/);
    assert.match(
      page,
      /Kubernetes v1\.36\.3 and v1\.20\.2 \(.* CBOR\): 2 passed, 2 failed, 1 not available/,
    );
  });

  it('knows a failure by client, capability and version, and a pass never', () => {
    const known: KnownFailure = {
      client: 'kubectl 1.20',
      capability: 'get',
      kubernetes: 'v1.20',
      reason: 'an old error',
    };
    assert.deepEqual(
      results.map((each) => knownFailure(each, [known])?.reason),
      [undefined, undefined, undefined, undefined, 'an old error'],
    );
    assert.equal(toSummary(results, [known]), '2 passed, 2 failed (1 known), 1 not available');
    assert.match(toMarkdown(results, [known], FACTS), /^\d\. an old error$/m);
  });

  it('prints a line for each result', () => {
    assert.deepEqual(results.slice(0, 2).map(toLine), [
      'pass         kubectl 1.20 on v1.36.3: get',
      'FAIL         kubectl 1.20 on v1.36.3: exec: it hung',
    ]);
  });
});
