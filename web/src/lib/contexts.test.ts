import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameProblem, proposePicks } from './contexts.ts';

test('the current context is ticked, and names that are taken get a number', () => {
  assert.deepEqual(proposePicks(['prod', 'Dev', 'dev 2'], 'Dev', ['dev', 'other']), [
    { context: 'prod', name: 'prod', ticked: false },
    { context: 'Dev', name: 'Dev 2', ticked: true },
    { context: 'dev 2', name: 'dev 2 2', ticked: false },
  ]);
  assert.equal(proposePicks(['only'], undefined, [])[0]?.ticked, true);
});

test('whatever the contexts are called, what is proposed can be added', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }).filter((name) => name.trim() !== '')),
      fc.array(fc.string()),
      (contexts, taken) => {
        const picks = proposePicks(contexts, undefined, taken).map((p) => ({ ...p, ticked: true }));
        for (const pick of picks) {
          assert.equal(nameProblem(pick, picks, taken), undefined);
          assert.ok(pick.name.length <= 100);
        }
      },
    ),
  );
});

test('a name that cannot be is told of, where its context is ticked', () => {
  const a = { context: 'a', name: 'One', ticked: true };
  const b = { context: 'b', name: 'one ', ticked: true };
  const problem = (pick: typeof a, picks = [a, b], taken: string[] = []) =>
    nameProblem(pick, picks, taken);
  assert.match(problem(a) ?? '', /given twice/);
  assert.equal(problem(a, [a, { ...b, ticked: false }]), undefined);
  assert.match(problem(a, [a], ['ONE']) ?? '', /has this name already/);
  assert.match(problem({ ...a, name: ' ' }) ?? '', /Give it a name/);
  assert.equal(problem({ ...a, name: ' ', ticked: false }), undefined);
});
