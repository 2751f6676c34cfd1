import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a token is good for. A token of one kind is never accepted where another is asked for. */
export type TokenKind = 'kubeconfig' | 'api' | 'session' | 'setup' | 'signin';

/** The word in the prefix that names the kind. */
const WORDS: Readonly<Record<TokenKind, string>> = {
  kubeconfig: 'kc',
  api: 'api',
  session: 'session',
  setup: 'setup',
  signin: 'signin',
};
const KINDS = Object.keys(WORDS) as TokenKind[];

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** 62^43 is the first power of 62 above 2^256. */
const SECRET_LENGTH = 43;
/** 62^6 is the first power of 62 above 2^32. */
const CHECKSUM_LENGTH = 6;
const HINT_LENGTH = 4;

/**
 * Finds Sallyport's tokens inside any text: for secret scanners, as the source of a regular
 * expression without flags. The form follows GitHub's tokens: a fixed prefix, 43 characters of
 * base62 (256 random bits), and 6 characters of base62 that are the CRC-32 of all before them, by
 * which a scanner tells a token from a look-alike without asking anybody.
 */
export const TOKEN_PATTERN = String.raw`\bsallyport_(?:kc|api|session|setup|signin)_[0-9A-Za-z]{49}\b`;

const WHOLE_TOKEN = /^sallyport_(kc|api|session|setup|signin)_[0-9A-Za-z]{49}$/;

/** A token just made. Only `hash` and `hint` may be stored. */
export interface NewToken {
  /** The secret itself: shown or sent once, then forgotten. */
  readonly token: string;
  /** What the store keeps: see {@link hashToken}. */
  readonly hash: string;
  /** The last 4 characters, part of the checksum, by which a person tells one token from another. */
  readonly hint: string;
}

/** Makes a token of a kind from 32 bytes of the system's randomness. */
export function newToken(kind: TokenKind): NewToken {
  const secret = BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`);
  const body = `sallyport_${WORDS[kind]}_${base62(secret, SECRET_LENGTH)}`;
  const token = body + checksum(body);
  return { token, hash: hashToken(token), hint: token.slice(-HINT_LENGTH) };
}

/**
 * The form in which a token is stored and looked up: SHA-256 of its text, in lower-case hex.
 * A slow password hash would add nothing, since 256 random bits cannot be guessed.
 */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/**
 * Reads what kind of token a text is, without asking the store whether it exists: prefix, alphabet,
 * length and checksum must be right, so that garbage and typing errors never cost a query.
 *
 * @param text whatever a client sent
 * @returns the kind, or undefined where the text is no token of Sallyport's
 */
export function parseToken(text: string): { readonly kind: TokenKind } | undefined {
  const word = WHOLE_TOKEN.exec(text)?.[1];
  const kind = KINDS.find((candidate) => WORDS[candidate] === word);
  if (kind === undefined) return undefined;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return text.endsWith(checksum(body)) ? { kind } : undefined;
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

/** Writes a number in base62 with leading zeros up to a fixed length. */
function base62(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; digits.length < length; rest /= 62n) {
    digits = ALPHABET.charAt(Number(rest % 62n)) + digits;
  }
  return digits;
}
