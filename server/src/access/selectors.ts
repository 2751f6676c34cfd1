import { matchesLabels, parseSelector } from '@sallyport/contract';

/**
 * What a stored selector means. One that cannot be read, which the contract lets nobody store, means
 * nothing: nobody is let in by a mistake.
 *
 * @param stored as `formatSelector` writes it; empty: everything
 */
export function matcherOf(stored: string): (labels: Readonly<Record<string, string>>) => boolean {
  const { selector } = parseSelector(stored);
  return (labels) => selector !== undefined && matchesLabels(selector, labels);
}

/** The labels of an environment, out of their column. */
export function readLabels(column: string): Readonly<Record<string, string>> {
  return JSON.parse(column) as Record<string, string>;
}
