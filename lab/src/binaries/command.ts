import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How a command is run; its standard input is empty. */
export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with each line of standard error while it runs. */
  onLine?: (line: string) => void;
  /** Ends the command after so many milliseconds. */
  timeoutMs?: number;
  /** Ends the command with this process, however that ends (on Linux): for those that take long. */
  bound?: boolean;
}

/**
 * Runs a command and returns its standard output.
 * @throws Error with the command's name, its exit code and the end of what it said
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program = '', ...words] = [...(options.bound ? boundToParent() : []), command, ...args];
    const child = spawn(program, words, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    let tail = '';
    let rest = '';
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => {
      tail = (tail + data.toString()).slice(-4000);
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    });
    child.once('error', (error) => reject(new Error(`${command}: ${error.message}`)));
    child.once('close', (code, signal) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) return resolve(text);
      const said = (tail.trim() || text.trim()).split('\n').slice(-12).join('\n');
      reject(new Error(`${command} ended with ${signal ?? `exit code ${code}`}: ${said}`));
    });
  });
}

/**
 * What stands before a command line so that the kernel kills the command when the process that
 * starts it ends (prctl(2), PR_SET_PDEATHSIG; setpriv is of util-linux). Empty elsewhere than on Linux.
 */
export function boundToParent(): string[] {
  const setpriv = process.platform === 'linux' ? which('setpriv') : undefined;
  return setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : [];
}

/** The path of a program in PATH or in `more` folders, or undefined. */
export function which(
  program: string,
  env: NodeJS.ProcessEnv = process.env,
  more: string[] = [],
): string | undefined {
  for (const folder of [...(env.PATH ?? '').split(delimiter), ...more]) {
    if (folder !== '' && isProgram(join(folder, program))) return join(folder, program);
  }
  return undefined;
}

/** Whether this is a file that this user may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
