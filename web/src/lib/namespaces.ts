/**
 * Reads a list of namespaces as a person types it, separated by commas or white space.
 *
 * @returns each name once, in the order given; valid or not is for the contract to say
 */
export function parseNamespaces(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}
