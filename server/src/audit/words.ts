/** How a text is divided into words, the same for what is written and for what is looked for. */

const MAX_WORDS = 100;
const MAX_LENGTH = 60;

/**
 * The words of a text: runs of letters and digits, in lower case, each once. Everything else divides
 * them, so `payments-api-7d9f` is three words.
 */
export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const [word] of text
    .normalize('NFKC')
    .toLowerCase()
    .matchAll(/[\p{L}\p{N}]+/gu)) {
    words.add(word.slice(0, MAX_LENGTH).toWellFormed());
    if (words.size === MAX_WORDS) break;
  }
  return [...words];
}

/** Of shorter words, nearly every event has one that begins with them. */
const SHORTEST_BEGINNING = 3;

/** Whether a word that is looked for may go on; if not, an event must have just this one. */
export function mayGoOn(word: string): boolean {
  return word.length >= SHORTEST_BEGINNING;
}

/** A column's value as a word that no text has in it. Values that differ little may share one. */
export function columnWord(column: string, value: string | number): string {
  const name = String(value).replace(/[^A-Za-z0-9]/g, '_');
  return `=${column}_${name.slice(0, MAX_LENGTH)}`;
}
