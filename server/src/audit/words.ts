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

/** Words of columns' values for SQLite's index, which no text has in it. */
const WORD_OF = {
  kind: asWord('kind'),
  userId: asWord('user'),
  username: asWord('name'),
  environmentId: asWord('env'),
  namespace: asWord('ns'),
  verb: asWord('verb'),
  resource: asWord('res'),
  status: asWord('status'),
  statusClass: asWord('class'),
} as const;

/** Values that differ little may share a word. */
function asWord(column: string): (value: string) => string {
  return rememberByText(
    (value) => `=${column}_${value.replace(/[^A-Za-z0-9]/g, '_').slice(0, MAX_LENGTH)}`,
  );
}

type Columns = Readonly<Partial<Record<keyof typeof WORD_OF, string | number | null>>>;

/** The words of columns; what is null or absent has none. */
export function columnWords(columns: Columns): string[] {
  const words: string[] = [];
  for (const [column, wordOf] of Object.entries(WORD_OF)) {
    const value = columns[column as keyof Columns];
    if (value !== null && value !== undefined) words.push(wordOf(String(value)));
  }
  return words;
}

interface OwnColumns {
  readonly namespace: string | null;
  readonly verb: string;
  readonly resource: string | null;
}

/** The words of the columns that differ from event to event, joined. */
export function ownColumnWords({ namespace, verb, resource }: OwnColumns): string {
  let words = WORD_OF.verb(verb);
  if (namespace !== null) words += ` ${WORD_OF.namespace(namespace)}`;
  if (resource !== null) words += ` ${WORD_OF.resource(resource)}`;
  return words;
}

/**
 * The words of texts as SQLite's index takes them, with a blank behind the last one. It divides by itself what it divides alike, and a
 * word that comes twice, or that is longer than what may be asked for, is to it as it should be.
 */
export function indexText(texts: readonly string[]): string {
  let all = '';
  for (const text of texts) all += `${DIVIDED_ALIKE.test(text) ? text : divided(text)} `;
  // Of two characters, one divides words.
  return all.length > 2 * MAX_WORDS ? `${wordsOf(...texts).join(' ')} ` : all;
}

/** Printable ASCII without the two characters that divide texts but not the index's words. */
const DIVIDED_ALIKE = /^[ -<>-^`-~]*$/;

function divided(text: string): string {
  return ASCII.test(text) ? text.replace(/[=_]/g, ' ') : runsOf(text).join(' ');
}
