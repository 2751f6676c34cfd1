import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/**
 * What a `docker build` here would be given: the files that .dockerignore lets through, of those that
 * git knows or would take.
 */
export function contextFiles(): string[] {
  const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ takes: line.startsWith('!'), pattern: toPattern(line.replace(/^!/, '')) }));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return [...new Set(files.split('\n').filter(Boolean))].filter(
    // The last rule counts that names the file or a folder that it is in.
    (file) => rules.findLast(({ pattern }) => named(file, pattern))?.takes ?? true,
  );
}

/** `*` is any part of a name, a dot at its beginning included, and `**` any number of folders. */
function toPattern(rule: string): RegExp {
  const text = rule
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*/g, (glob) => (glob === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${text}$`);
}

function named(path: string, pattern: RegExp): boolean {
  return path !== '.' && (pattern.test(path) || named(dirname(path), pattern));
}

/** Copies that into a folder, and lends it the packages that are installed here. */
export function makeContext(folder: string): void {
  for (const file of contextFiles()) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file), { verbatimSymlinks: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}
