import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { imageArchive } from '@sallyport/lab';
import { run, which } from '../../lab/src/binaries/command.ts';
import { platform } from '../../lab/src/binaries/source.ts';
import { makeContext } from './context.ts';
import { imageConfig } from './dockerfile.ts';

/**
 * Makes the image of deploy/Dockerfile without Docker and without its base, which cannot be had
 * everywhere: in place of node:24-slim there are this machine's Node and the libraries that it loads.
 * What is installed and how it is run are the Dockerfile's: the build sees only what .dockerignore lets
 * through, and configuration comes from the last stage.
 *
 * @param name with its tag
 * @param file where the archive goes, an OCI image layout
 */
export async function makeImage(name: string, file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-image-'));
  try {
    const [context, root] = [join(folder, 'context'), join(folder, 'root')];
    makeContext(context);
    const installed = join(root, 'opt', 'sallyport');
    await run(process.execPath, [join(context, 'deploy', 'assemble.ts'), installed]);
    await addBase(root);
    const layer = join(folder, 'layer.tar');
    // As COPY leaves it: everything is root's.
    const owner = ['--owner=0', '--group=0', '--numeric-owner'];
    execFileSync('tar', ['-C', root, '--sort=name', ...owner, '-cf', layer, '.']);
    const image = { name, layer: readFileSync(layer), config: imageConfig() };
    writeFileSync(file, imageArchive([image], platform().arch));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the base has of what is needed: Node, a program, their libraries, a folder for temporary files. */
async function addBase(root: string): Promise<void> {
  const sleep = which('sleep');
  if (!sleep) throw new Error('there is no sleep here');
  put(root, 'usr/local/bin/node', process.execPath);
  put(root, 'bin/sleep', sleep);
  const addOns = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.node'))
    .map((path) => join(root, path));
  for (const program of [process.execPath, sleep, ...addOns]) {
    for (const line of (await run('ldd', [program])).split('\n')) {
      const library = /(\/\S+) \(0x/.exec(line)?.[1];
      if (library !== undefined) put(root, library, library);
    }
  }
  mkdirSync(join(root, 'data'), { mode: 0o777 });
  mkdirSync(join(root, 'tmp'), { mode: 0o777 });
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
}

function put(root: string, target: string, source: string): void {
  mkdirSync(dirname(join(root, target)), { recursive: true });
  copyFileSync(source, join(root, target));
}
