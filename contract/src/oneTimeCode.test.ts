import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCode, RECOVERY_ALPHABET } from './oneTimeCode.ts';

const digits = fc.stringMatching(/^[0-9]{6}$/);
const recovery = fc.string({
  unit: fc.constantFrom(...RECOVERY_ALPHABET),
  minLength: 16,
  maxLength: 16,
});
const divider = fc.constantFrom(' ', '-', '\u00a0', '\u2011', '\u2013', '\t', '\u200b', '\u202f');

/** A text with dividers strewn into it. */
const strewn = (text: string) =>
  fc
    .array(fc.tuple(fc.nat(text.length), divider), { maxLength: 8 })
    .map((places) =>
      places.reduce((all, [at, mark]) => all.slice(0, at) + mark + all.slice(at), text),
    );

test('a code is read however it is divided', () => {
  fc.assert(
    fc.property(
      digits.chain((code) => fc.tuple(fc.constant(code), strewn(code))),
      ([code, typed]) => {
        assert.deepEqual(parseCode(typed), { kind: 'app', code });
      },
    ),
  );
});

// What other digits look like is asked of the platform, which has them from CLDR.
const SCRIPTS = [
  ...['arab', 'arabext', 'beng', 'deva', 'fullwide', 'gujr', 'khmr', 'knda', 'laoo', 'mlym'],
  ...['mong', 'mymr', 'orya', 'tamldec', 'telu', 'thai', 'tibt', 'mathsans', 'mathmono', 'adlm'],
];

test('a code is read in the digits of any script', () => {
  fc.assert(
    fc.property(digits, fc.constantFrom(...SCRIPTS), (code, numberingSystem) => {
      const format = new Intl.NumberFormat('en', { numberingSystem });
      const typed = Array.from(code, (digit) => format.format(Number(digit))).join('');
      assert.notEqual(typed, code);
      assert.deepEqual(parseCode(typed), { kind: 'app', code });
    }),
  );
});

test('a recovery code is read in either case, divided or not, with letters that look like digits', () => {
  fc.assert(
    fc.property(
      recovery.chain((code) => fc.tuple(fc.constant(code), strewn(code))),
      fc.boolean(),
      ([code, typed], upper) => {
        const alike = typed.replaceAll('0', 'o').replaceAll('1', 'l');
        // Six digits and blanks would be too short, so there is no third reading.
        for (const text of [typed, alike]) {
          assert.deepEqual(parseCode(upper ? text.toUpperCase() : text), {
            kind: 'recovery',
            code,
          });
        }
      },
    ),
  );
});

test('whatever else is typed is no code, and what is read is in its plain form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const parsed = parseCode(text);
      if (parsed === undefined) return;
      const form = parsed.kind === 'app' ? /^[0-9]{6}$/ : /^[0-9a-hjkmnp-tv-z]{16}$/;
      assert.match(parsed.code, form);
      assert.deepEqual(parseCode(parsed.code), parsed);
    }),
  );
});

test('near misses are none', () => {
  for (const text of [
    '',
    ' ',
    '12345',
    '1234567',
    '12345a',
    '½23456',
    'Ⅻ3456',
    '1234567890abcde',
  ]) {
    assert.equal(parseCode(text), undefined, text);
  }
  assert.equal(parseCode('abcdefgh-jkmnpqru'), undefined);
  assert.equal(parseCode('𝟙𝟚𝟛𝟜𝟝𝟞')?.code, '123456');
});
