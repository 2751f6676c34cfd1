/** One context of a kubeconfig that is to become an environment. */
export interface ContextPick {
  readonly context: string;
  readonly ticked: boolean;
  /** What the environment will be called. */
  readonly name: string;
}

/** How the server tells names apart, near enough to propose one. */
const keyOf = (name: string) => name.trim().normalize('NFKC').toLowerCase();

/**
 * Proposes which contexts to add and under which names: the current one is ticked, and no name is
 * proposed twice or is one that is taken.
 *
 * @param taken names of environments that there are
 */
export function proposePicks(
  contexts: readonly string[],
  currentContext: string | undefined,
  taken: readonly string[],
): ContextPick[] {
  const used = new Set(taken.map(keyOf));
  return contexts.map((context) => {
    let name = context.slice(0, 100);
    for (let count = 2; used.has(keyOf(name)); count += 1)
      name = `${context.slice(0, 90)} ${count}`;
    used.add(keyOf(name));
    return { context, name, ticked: context === currentContext || contexts.length === 1 };
  });
}

/**
 * What is wrong with the name of a pick that is ticked; undefined where nothing is.
 *
 * @param taken names of environments that there are
 */
export function nameProblem(
  pick: ContextPick,
  picks: readonly ContextPick[],
  taken: readonly string[],
): string | undefined {
  if (!pick.ticked) return undefined;
  const key = keyOf(pick.name);
  if (key === '') return 'Give it a name.';
  if (taken.some((name) => keyOf(name) === key)) return 'An environment has this name already.';
  const twice = picks.some(
    (other) => other.ticked && other.context !== pick.context && keyOf(other.name) === key,
  );
  return twice ? 'This name is given twice.' : undefined;
}
