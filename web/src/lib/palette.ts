interface Findable {
  readonly name: string;
  /** Other words for the same. */
  readonly words?: string;
}

/**
 * The commands that match what was typed, the best first: each word must begin a word of a command.
 *
 * @param query words in any order and case; empty matches everything, in the order given
 */
export function findCommands<T extends Findable>(commands: readonly T[], query: string): T[] {
  const wanted = wordsOf(query);
  return commands
    .filter(({ name, words = '' }) => beginsEach(wordsOf(`${name} ${words}`), wanted))
    .map((command, index) => ({ command, index, rank: rankOf(command, query) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ command }) => command);
}

/** What is named as it was typed comes before what was found by other words. */
function rankOf({ name }: Findable, query: string): number {
  if (name.toLowerCase().startsWith(query.trim().toLowerCase())) return 0;
  return beginsEach(wordsOf(name), wordsOf(query)) ? 1 : 2;
}

function beginsEach(words: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((start) => words.some((word) => word.startsWith(start)));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/**
 * The place in a list that an arrow key leads to; the list is a ring.
 *
 * @returns undefined for every other key, and where there is nothing to go to
 */
export function nextIndex(key: string, index: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === 'ArrowDown') return (index + 1) % count;
  if (key === 'ArrowUp') return (index - 1 + count) % count;
  if (key === 'PageUp') return 0;
  if (key === 'PageDown') return count - 1;
  return undefined;
}
