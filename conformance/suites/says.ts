import type { ChildProcess } from 'node:child_process';

/**
 * Waits until a program's output, from now on, matches.
 *
 * @throws Error with what it said, where it ends first
 */
export async function says(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return await new Promise((resolve, reject) => {
    let seen = '';
    const look = (chunk: Buffer) => {
      seen += chunk.toString();
      const found = pattern.exec(seen);
      if (found) resolve(found);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`never said ${pattern}; it said: ${seen}`)));
  });
}
