import type { ChildProcess } from 'node:child_process';
import type { Person, Scene } from '../scene.ts';

export interface TerminalOptions {
  readonly rows: number;
  readonly columns: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Who works there; the developer where nobody is named. */
  readonly as?: Person;
}

/**
 * Starts a program in a pseudo-terminal of that size (script(1) of util-linux makes it); what is
 * written to its standard input is typed. It ends with the program's own exit code.
 */
export function inTerminal(
  scene: Scene,
  command: readonly string[],
  { rows, columns, env, as = 'developer' }: TerminalOptions,
): ChildProcess {
  const line = `stty rows ${rows} columns ${columns}; exec ${command.map(quote).join(' ')}`;
  return scene.start('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
    env: scene.env(as, { SHELL: '/bin/sh', ...env }),
  });
}

/** One word for the shell, whatever is in it. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
