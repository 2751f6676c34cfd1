/** Longer texts seldom come again. */
const MAX_LENGTH = 128;
/** With the longest texts about a megabyte. */
const MAX_TEXTS = 4_000;

/**
 * Remembers what a pure function gave for short texts: most of what events are made of, such as
 * names of people, resources and clients, is the same from event to event.
 *
 * @param mayKeep whether a text may stay in memory, given what was made of it
 */
export function rememberByText<T>(
  compute: (text: string) => T,
  mayKeep: (text: string, result: T) => boolean = () => true,
): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (text.length > MAX_LENGTH) return compute(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = compute(text);
    if (!mayKeep(text, result)) return result;
    if (known.size >= MAX_TEXTS) known.clear();
    known.set(text, result);
    return result;
  };
}
