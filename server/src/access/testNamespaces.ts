import type { Namespaces } from './namespaces.ts';

/** Namespaces without clusters: what is known of them is given, as "environment selector". */
export function knownNamespaces() {
  const known = new Map<string, readonly string[]>();
  const listeners = new Set<(id: number) => void>();
  const namespaces: Pick<Namespaces, 'ready' | 'matching' | 'problem' | 'onChange'> = {
    ready: async () => {},
    matching: (id, selector) => known.get(`${id} ${selector}`),
    problem: () => 'nobody asked it',
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const know = (id: number, selector: string, names: readonly string[]) => {
    known.set(`${id} ${selector}`, names);
    for (const listener of listeners) listener(id);
  };
  return { ...namespaces, know };
}
