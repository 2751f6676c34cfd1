import { useSyncExternalStore } from 'react';

/** What a person chose; `system` follows the machine. */
export type Theme = 'system' | 'light' | 'dark';

/** The one thing this page keeps in the browser. `public/theme.js` reads it before the first paint. */
const KEY = 'sallyport.theme';
const DARK_CLASS = 'pf-v6-theme-dark';

const systemDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function chosen(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function apply(): void {
  const theme = chosen();
  const dark = theme === 'dark' || (theme === 'system' && systemDark.matches);
  document.documentElement.classList.toggle(DARK_CLASS, dark);
  for (const listener of listeners) listener();
}

/** Follows the machine's preference from now on, where the person chose nothing. */
export function startTheme(): void {
  systemDark.addEventListener('change', apply);
  apply();
}

/** Keeps a choice and shows it at once. */
export function setTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  apply();
}

/** The theme that the person chose. */
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosen);
}
