import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { install, withWorkFolder } from './cache.ts';
import { isProgram, run } from './command.ts';
import {
  type Answer,
  type Component,
  type Found,
  platform,
  type Source,
  type Want,
} from './source.ts';

const HELD: readonly Component[] = ['etcd', 'kube-apiserver', 'kubectl'];
const CONNECT_MS = 5_000;
const SILENCE_MS = 20_000;

/** The official envtest archive, checked against the SHA-512 in pins.ts before it is unpacked. */
export const envtest: Source = envtestFrom(
  'https://github.com/kubernetes-sigs/controller-tools/releases/download',
);

/** The same from another place, below which archives are named as they are there. */
export function envtestFrom(base: string): Source {
  return { name: 'the envtest archive', needsLock: true, find: (want) => find(base, want) };
}

async function find(base: string, want: Want): Promise<Answer> {
  const pin = want.release.envtest;
  const { os, arch } = platform();
  const sum = pin?.sha512[`${os}-${arch}`];
  if (!pin) return { found: [], refused: `none is pinned for ${want.release.version}` };
  if (!sum) return { found: [], refused: `there is none for ${os}-${arch}` };
  const wanted = want.components.filter((component) => HELD.includes(component));
  if (wanted.length === 0) {
    return { found: [], refused: `holds no ${want.components.join(', ')}` };
  }
  const file = `envtest-${pin.version}-${os}-${arch}.tar.gz`;
  const url = `${base}/envtest-${pin.version}/${file}`;
  return withWorkFolder(want, 'envtest', async (folder): Promise<Answer> => {
    const archive = join(folder, file);
    try {
      await download(url, archive, sum, want.progress);
      await run('tar', ['-xzf', archive, '-C', folder]);
    } catch (error) {
      return { found: [], refused: (error as Error).message };
    }
    const found: Found[] = [];
    for (const component of HELD) {
      const unpacked = join(folder, 'controller-tools', 'envtest', component);
      if (!isProgram(unpacked)) continue;
      const source = `the envtest archive ${pin.version}`;
      const path = install(want, component, unpacked, source);
      if (wanted.includes(component)) found.push({ component, path, source });
    }
    const missing = want.components.filter((each) => !found.some((f) => f.component === each));
    if (missing.length === 0) return { found };
    return { found, refused: `holds no ${missing.join(', ')}` };
  });
}

async function download(
  url: string,
  file: string,
  sha512: string,
  progress: (line: string) => void,
): Promise<void> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), CONNECT_MS);
  const hash = createHash('sha512');
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok || !response.body) throw new Error(`answers ${response.status}`);
    progress(`downloading ${url}`);
    await pipeline(
      response.body,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          clearTimeout(timer);
          timer = setTimeout(() => stop.abort(), SILENCE_MS);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(file),
    );
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    const why = stop.signal.aborted ? 'no answer in time' : (cause?.message ?? message);
    throw new Error(`cannot be downloaded: ${why}`);
  } finally {
    clearTimeout(timer);
  }
  const got = hash.digest('hex');
  if (got !== sha512) throw new Error(`has SHA-512 ${got.slice(0, 16)}…, not the pinned one`);
}
