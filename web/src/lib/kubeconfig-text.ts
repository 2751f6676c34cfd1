/** What a pasted kubeconfig lets one guess without reading YAML in full. */
export interface KubeconfigHints {
  readonly currentContext: string | undefined;
  /** Names of its contexts, in the order of the file. */
  readonly contexts: readonly string[];
}

/**
 * Guesses the contexts of a kubeconfig, to spare typing. It understands the block style that kubectl
 * and its like write, and JSON; what it does not find, the server still does, which reads the file for real.
 */
export function kubeconfigHints(text: string): KubeconfigHints {
  const json = text.trimStart().startsWith('{') ? hintsOfJson(text) : undefined;
  if (json) return json;
  const contexts = new Set<string>();
  /** How far the list of contexts is indented; undefined outside it. */
  let indent: number | undefined;
  let isInList = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^[\w-]+:/.test(line)) {
      isInList = /^contexts:\s*$/.test(line);
      indent = undefined;
    }
    const [, spaces = '', dash = '', name] = /^( *)(- +)?(?:name:\s+(.*\S))?/.exec(line) ?? [];
    if (isInList && dash) indent ??= spaces.length;
    if (!isInList || indent === undefined || name === undefined) continue;
    // Only on the level of the items: what is deeper belongs to an extension.
    if (dash ? spaces.length === indent : spaces.length === indent + 2) contexts.add(unquote(name));
  }
  const current = /^current-context:[ \t]*(\S.*?)[ \t]*$/m.exec(text)?.[1];
  return {
    currentContext: current === undefined ? undefined : unquote(current) || undefined,
    contexts: [...contexts],
  };
}

function hintsOfJson(text: string): KubeconfigHints | undefined {
  try {
    const { contexts, 'current-context': current } = JSON.parse(text) as Record<string, unknown>;
    const names = (Array.isArray(contexts) ? contexts : []).flatMap((context: unknown) => {
      const name = (context as { name?: unknown } | null)?.name;
      return typeof name === 'string' && name !== '' ? name : [];
    });
    return {
      contexts: [...new Set(names)],
      currentContext: typeof current === 'string' && current !== '' ? current : undefined,
    };
  } catch {
    return undefined;
  }
}

function unquote(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}
