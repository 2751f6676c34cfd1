/** What a pasted kubeconfig lets one guess without reading YAML in full. */
export interface KubeconfigHints {
  readonly currentContext: string | undefined;
  /** Names of its contexts, in the order of the file. */
  readonly contexts: readonly string[];
}

/**
 * Guesses the contexts of a kubeconfig, to spare typing. It understands the block style that kubectl
 * and its like write; what it does not find, the server still does, which reads the file for real.
 */
export function kubeconfigHints(text: string): KubeconfigHints {
  const contexts = new Set<string>();
  let inContexts = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^[\w-]+:/.test(line)) inContexts = /^contexts:\s*$/.test(line);
    // The name of a context stands on the level of the list item, two columns in at the most.
    const name = inContexts
      ? /^(?:- | {2}|- {3}| {4})name:\s*(.+?)\s*$/.exec(line)?.[1]
      : undefined;
    if (name !== undefined) contexts.add(unquote(name));
  }
  const current = /^current-context:[ \t]*(\S.*?)[ \t]*$/m.exec(text)?.[1];
  return {
    currentContext: current === undefined ? undefined : unquote(current) || undefined,
    contexts: [...contexts],
  };
}

function unquote(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}
