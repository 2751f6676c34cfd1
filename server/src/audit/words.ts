/** How a text is divided into words, the same for what is written and for what is looked for. */
import { rememberByText } from './memo.ts';

const MAX_WORDS = 100;
const MAX_LENGTH = 60;

/**
 * The words of texts: runs of letters and digits, in lower case, each once. Everything else divides
 * them, so `payments-api-7d9f` is three words.
 */
export function wordsOf(...texts: readonly string[]): string[] {
  const words = new Set<string>();
  for (const text of texts) {
    for (const word of runsOf(text)) {
      words.add(word);
      if (words.size === MAX_WORDS) return [...words];
    }
  }
  return [...words];
}

const runsOf = rememberByText((text): readonly string[] =>
  divide(text)
    .filter((word) => word !== '')
    .map((word) => (word.length > MAX_LENGTH ? word.slice(0, MAX_LENGTH).toWellFormed() : word)),
);

/** Nearly all texts are ASCII, where the same takes a third of the time. */
function divide(text: string): string[] {
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
  return `=${column}_${oneWord(String(value))}`;
}

const oneWord = rememberByText((text) => text.replace(/[^A-Za-z0-9]/g, '_').slice(0, MAX_LENGTH));
