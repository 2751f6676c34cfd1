import { spawn } from 'node:child_process';
import { once } from 'node:events';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

/**
 * Runs a command of Sallyport to its end.
 *
 * @param line what it reads from stdin
 * @returns its exit code, and what it wrote to stdout and stderr
 */
export async function runCommand(
  args: readonly string[],
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      said += chunk;
    });
  }
  child.stdin.end(`${line}\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}
