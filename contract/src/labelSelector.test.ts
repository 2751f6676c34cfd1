import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatSelector,
  type LabelSelector,
  matchesLabels,
  parseSelector,
} from './labelSelector.ts';

const read = (text: string): LabelSelector => {
  const { selector, problem } = parseSelector(text);
  return selector ?? assert.fail(`${text} ${problem}`);
};
const matches = (text: string, labels: Record<string, string>) => matchesLabels(read(text), labels);

const key = fc.constantFrom('env', 'tier', 'a/b', 'in', 'notin', 'example.com/x_y.z');
const value = fc.constantFrom('', 'prod', 'a', 'b', '10', '9', 'in', '1.2-3_4');
const values = fc.uniqueArray(value, { maxLength: 3 });
const requirement = fc.oneof(
  key,
  key.map((k) => `!${k}`),
  fc.tuple(key, fc.constantFrom('=', '==', '!='), value).map((parts) => parts.join('')),
  fc.tuple(key, fc.constantFrom('in', 'notin'), values).map(([k, o, v]) => `${k} ${o} (${v})`),
  fc.tuple(key, fc.constantFrom('>', '<'), fc.constantFrom('9', '10')).map((p) => p.join('')),
);
const selector = fc.array(requirement, { maxLength: 4 }).map((parts) => parts.join(','));
const labels = fc.dictionary(key, value);

describe('a label selector', () => {
  it('means what kubectl means by it', () => {
    const prod = { env: 'prod', tier: 'a', empty: '', size: '10' };
    const means: Array<[string, boolean]> = [
      ['env=prod', true],
      ['env==prod', true],
      ['env!=prod', false],
      ['missing!=prod', true],
      ['env', true],
      ['!env', false],
      ['! missing', true],
      ['tier in (a,b)', true],
      ['tier notin (a,b)', false],
      ['missing notin (a)', true],
      ['missing in (a)', false],
      ['env=prod,tier in (a,b),!old', true],
      ['env=prod,old', false],
      [' env = prod , tier in ( b , a ) ', true],
      ['empty=', true],
      ['empty', true],
      ['env=', false],
      ['missing=', false],
      ['empty in (,a)', true],
      ['empty in (a,)', true],
      ['empty in ()', true],
      ['env in ()', false],
      ['empty in (a,,b)', true],
      ['size>9', true],
      ['size<9', false],
      ['env>9', false],
      ['missing<9', false],
      ['', true],
    ];
    for (const [text, expected] of means) assert.equal(matches(text, prod), expected, text);
    assert.equal(matches('in in (in)', { in: 'in' }), true);
    assert.equal(matches('constructor', {}), false);
  });

  it('is refused in words where it is none', () => {
    const refused: Array<[string, RegExp]> = [
      ['env=prod,', /^ends where a label key should stand$/],
      [',env', /^has "," where a label key/],
      ['env in', /^ends where "\(" should/],
      ['env in (a', /^ends where "," or "\)"/],
      ['env in (a b)', /^has "b" where "," or "\)"/],
      ['env=a b', /^has "b" where ","/],
      ['env is prod', /^has "is" where one of =/],
      ['!env=prod', /^has "=" where ","/],
      ['!!env', /^has "!" where a label key/],
      ['env=-a', /"-a", which is no valid label value/],
      ['-env', /"-env", which is no valid label key/],
      ['a/b/c', /no valid label key/],
      ['A/b', /no valid label key/],
      ['/b', /no valid label key/],
      ['size>big', /no whole number/],
      ['size>', /no whole number/],
      ['size>9223372036854775808', /no whole number/],
      ['env===a', /has "=" where a value/],
      ['"env"', /no valid label key/],
      [`${'a'.repeat(64)}`, /no valid label key/],
      [`a=${'a'.repeat(64)}`, /no valid label value/],
      ['a,'.repeat(600), /longer than/],
    ];
    for (const [text, why] of refused) assert.match(parseSelector(text).problem ?? '', why, text);
  });

  it('never throws, whatever it is given', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a', 'in', 'notin', ' ', ...'=!(),><'), { maxLength: 12 })
        .map((p) => p.join('')),
    );
    fc.assert(
      fc.property(odd, labels, (text, own) => {
        const parsed = parseSelector(text);
        assert.notEqual(parsed.selector === undefined, parsed.problem === undefined);
        if (parsed.selector) matchesLabels(parsed.selector, own);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same after it was written in its one form, which stays as it is', () => {
    fc.assert(
      fc.property(selector, labels, (text, own) => {
        const written = formatSelector(read(text));
        assert.equal(matches(written, own), matches(text, own), `${text} → ${written}`);
        assert.equal(formatSelector(read(written)), written);
      }),
      { numRuns: 500 },
    );
  });

  it('has one form for what only differs in order, repetition and spelling', () => {
    const forms = ['b in (y,x),a=1', 'a==1, b in (x,y,x)', 'a in (1),b in (x,y),a=1'];
    for (const text of forms) assert.equal(formatSelector(read(text)), 'a=1,b in (x,y)');
    assert.equal(formatSelector(read('a notin (1)')), 'a!=1');
  });

  it('wants all that its parts want', () => {
    fc.assert(
      fc.property(selector, selector, labels, (a, b, own) => {
        const both = [a, b].filter(Boolean).join(',');
        assert.equal(matches(both, own), matches(a, own) && matches(b, own));
      }),
    );
  });
});
