interface Searchable {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Whether an environment matches what was typed: each word must occur in its name or a label.
 *
 * @param query words in any order and case; empty matches everything
 */
export function matchesQuery({ name, labels }: Searchable, query: string): boolean {
  const text = [name, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)]
    .join('\n')
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
