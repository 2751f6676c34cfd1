/**
 * What a person types as the second step of a sign-in, read the same way by server and page. The
 * codes of an app have 6 digits, recovery codes 16 characters, so neither is taken for the other.
 */

export const CODE_DIGITS = 6;
export const RECOVERY_LENGTH = 16;

/** Crockford's base 32: no I, L, O or U, which are read as something else or spell words. */
export const RECOVERY_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export interface ParsedCode {
  readonly kind: 'app' | 'recovery';
  /** Digits, or small letters and digits of {@link RECOVERY_ALPHABET}, and nothing between them. */
  readonly code: string;
}

/**
 * Reads a code. Blanks and dashes count for nothing; digits of any script are digits, since phones
 * show those of their language; in recovery codes, O is 0 and I and L are 1, as Crockford has it.
 *
 * @returns undefined where it can be none
 */
export function parseCode(text: string): ParsedCode | undefined {
  const plain = Array.from(text.normalize('NFKC'), plainOf).join('').toLowerCase();
  if (/^[0-9]+$/.test(plain) && plain.length === CODE_DIGITS) return { kind: 'app', code: plain };
  const code = plain.replaceAll('o', '0').replace(/[il]/g, '1');
  if (code.length !== RECOVERY_LENGTH) return undefined;
  return Array.from(code).every((character) => RECOVERY_ALPHABET.includes(character))
    ? { kind: 'recovery', code }
    : undefined;
}

/** A character as it counts: nothing for what only divides, ASCII for a digit, else itself. */
function plainOf(character: string): string {
  if (/[\s\p{Dash}\p{Cf}]/u.test(character)) return '';
  return IS_DIGIT.test(character) ? String(digitOf(character)) : character;
}

const IS_DIGIT = /^\p{Nd}$/u;

/**
 * The value of a decimal digit. Those of a script stand in order from 0 to 9, and between any two
 * scripts that touch lie whole tens (The Unicode Standard, 4.6).
 */
function digitOf(character: string): number {
  const point = character.codePointAt(0) as number;
  let first = point;
  while (first > 0 && IS_DIGIT.test(String.fromCodePoint(first - 1))) first -= 1;
  return (point - first) % 10;
}
