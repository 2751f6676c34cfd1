import type { CallOutput, RouteName } from '@sallyport/contract';
import type { QueryClient } from '@tanstack/react-query';

/** What an act will have changed in the answers of one route. */
export interface Foresight {
  readonly route: RouteName;
  readonly change: (answer: object) => object;
}

type RowsOf<N extends RouteName> =
  CallOutput<N> extends { readonly items: ReadonlyArray<infer Row>; readonly total: number }
    ? Row
    : never;

/**
 * What becomes of the rows of a list, on whichever of its pages and searches they stand.
 *
 * @param change gives the row as it will be; undefined: it will be gone
 */
export function rowsOf<N extends RouteName>(
  route: N,
  change: (row: RowsOf<N>) => RowsOf<N> | undefined,
): Foresight {
  return {
    route,
    change: (answer) => {
      const { items, total, ...rest } = answer as { items: RowsOf<N>[]; total: number };
      const next = items.map(change).filter((row) => row !== undefined);
      return { ...rest, items: next, total: total - (items.length - next.length) };
    },
  };
}

/** What becomes of an answer as a whole, such as of the one thing that a page is about. */
export function answerOf<N extends RouteName>(
  route: N,
  change: (answer: CallOutput<N>) => CallOutput<N>,
): Foresight {
  return { route, change: (answer) => change(answer as CallOutput<N>) as object };
}

/**
 * Shows what was foreseen in every answer at hand, before the server has confirmed it.
 *
 * @returns what puts the earlier answers back
 */
export async function show(
  cache: QueryClient,
  foreseen: readonly Foresight[],
): Promise<() => void> {
  const touched = new Set<string>(foreseen.map(({ route }) => route));
  const which = {
    predicate: ({ queryKey: [key] }: { queryKey: readonly unknown[] }) => touched.has(String(key)),
  };
  // An answer that is on its way was made before the act, and would undo what is shown.
  await cache.cancelQueries(which);
  const before = cache.getQueriesData<object>(which);
  for (const [key, answer] of before) {
    if (answer === undefined) continue;
    const changes = foreseen.filter(({ route }) => route === key[0]);
    cache.setQueryData<object>(
      key,
      changes.reduce((so, { change }) => change(so), answer),
    );
  }
  return () => {
    for (const [key, answer] of before) cache.setQueryData<object>(key, answer);
  };
}
