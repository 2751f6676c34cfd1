/** How a text is divided into words, the same for what is written and for what is looked for. */

const MAX_WORDS = 100;
const MAX_LENGTH = 60;

/**
 * The words of a text: runs of letters and digits, in lower case, each once. Everything else divides
 * them, so `payments-api-7d9f` is three words.
 */
export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const word of runsOf(text)) {
    if (word === '') continue;
    words.add(word.length > MAX_LENGTH ? word.slice(0, MAX_LENGTH).toWellFormed() : word);
    if (words.size === MAX_WORDS) break;
  }
  return [...words];
}

/** Nearly all texts are ASCII, where the same takes a third of the time. */
function runsOf(text: string): string[] {
  return ASCII.test(text)
    ? text.toLowerCase().split(/[^a-z0-9]+/)
    : text
        .normalize('NFKC')
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u);
}

const ASCII = /^[ -~]*$/;

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
