import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Screen } from './screen.ts';

/** What is on a screen of 3 rows and 10 columns after that, whole and in pieces of any size. */
function shown(text: string): string {
  const whole = new Screen(3, 10);
  whole.write(text);
  const byCharacter = new Screen(3, 10);
  for (const character of text) byCharacter.write(character);
  assert.equal(byCharacter.text, whole.text);
  return whole.text;
}

describe('a screen', () => {
  it('has what was written where it was written, without its colours', () => {
    assert.equal(
      shown('\x1b[?1049h\x1b[2;3H\x1b[38;5;12mab\x1b(B\x1b[m\x1b[1;1Hc\x1b]0;title\x07'),
      'c\n  ab\n',
    );
  });

  it('has no longer what was erased or written over', () => {
    assert.equal(shown('abc\r\ndef\x1b[1;2H\x1b[K\x1b[2;1HX'), 'a\nXef\n');
    assert.equal(shown('abc\r\ndef\x1b[2;2H\x1b[J'), 'abc\nd\n');
    assert.equal(shown('abc\r\ndef\x1b[2J\x1b[HY'), 'Y\n\n');
  });

  it('goes on in the next line, and moves up at its end', () => {
    assert.equal(shown('0123456789ab'), '0123456789\nab\n');
    assert.equal(shown('1\r\n2\r\n3\r\n4'), '2\n3\n4');
    assert.equal(shown('ab\x1b[Dc\x1b[Bd\x1b[Ae\x1b[Cf\x1b[1Gg\x1b[3dh\b'), 'gc e f\n  d\n h');
  });
});
