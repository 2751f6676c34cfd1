import type { Running } from '../contenders/contender.ts';

/** The flags that every load of bench/go/load takes. */
export function goFlags(running: Running, path: string): string[] {
  const tokens = running.tokens.length === 0 ? [] : ['-tokens', running.tokens.join(',')];
  return ['-url', running.url(path), '-ca', running.ca, ...tokens];
}
