import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How an image is run, in the words of the OCI Image Format Specification. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env: string[];
  readonly Entrypoint?: string[];
  readonly Cmd?: string[];
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly ExposedPorts: Record<string, object>;
  readonly Volumes: Record<string, object>;
}

/** A line of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** The stages of deploy/Dockerfile, each from its FROM on. Continued lines are not understood: it has none. */
export function stages(): Instruction[][] {
  const found: Instruction[][] = [];
  for (const line of readFileSync(join(import.meta.dirname, '..', 'Dockerfile'), 'utf8').split(
    '\n',
  )) {
    const [, name, words] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined || words === undefined) continue;
    if (name === 'FROM') found.push([]);
    found.at(-1)?.push({ name, words });
  }
  return found;
}

/**
 * How the image is run that deploy/Dockerfile makes: what its last stage says, on a base that says
 * nothing but a PATH.
 */
export function imageConfig(): ImageConfig {
  const last = stages().at(-1) ?? [];
  const all = (name: string) => last.filter((one) => one.name === name).map(({ words }) => words);
  const one = (name: string) => all(name).at(-1);
  const list = (name: string) => JSON.parse(one(name) ?? 'null') as string[] | undefined;
  const set = (name: string) => Object.fromEntries(all(name).map((words) => [words, {}]));
  const [user, dir, stop] = [one('USER'), one('WORKDIR'), one('STOPSIGNAL')];
  const [entrypoint, cmd] = [list('ENTRYPOINT'), list('CMD')];
  return {
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin', ...all('ENV')],
    ...(user && { User: user }),
    ...(dir && { WorkingDir: dir }),
    ...(stop && { StopSignal: stop }),
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(cmd && { Cmd: cmd }),
    ExposedPorts: Object.fromEntries(all('EXPOSE').map((port) => [`${port}/tcp`, {}])),
    Volumes: set('VOLUME'),
  };
}
