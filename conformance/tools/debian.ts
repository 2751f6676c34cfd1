import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, which } from '../../lab/src/binaries/command.ts';
import { withLock } from '../../lab/src/lock.ts';
import { cached, cacheRoot } from './cache.ts';

/** A kubectl that Debian ships. */
export interface DebianKubectl {
  readonly suite: 'bookworm' | 'trixie' | 'sid';
  /** The package that holds it: its name changed with trixie. */
  readonly package: 'kubernetes-client' | 'kubectl';
}

/** Package lists older than this are fetched again. */
const LISTS_KEEP_MS = 24 * 3_600_000;

/**
 * The kubectl of a Debian suite, unpacked into the cache; nothing is installed on the system.
 *
 * @returns the program's path
 * @throws Error in words where this machine cannot have it
 */
export async function debianKubectl(wanted: DebianKubectl): Promise<string> {
  if (!which('apt-get')) throw new Error('this is no Debian: there is no apt-get');
  const apt = await ownLists();
  const policy = await run('apt-cache', [...apt, 'madison', wanted.package]);
  const version = versionIn(policy, wanted.suite);
  if (!version) throw new Error(`Debian ${wanted.suite} has no package ${wanted.package}`);
  const folder = await cached(`kubectl-debian-${version}`, async (work) => {
    await run('apt-get', [...apt, '-q', 'download', `${wanted.package}=${version}`], { cwd: work });
    const deb = readdirSync(work).find((name) => name.endsWith('.deb')) ?? '';
    await run('dpkg-deb', ['-x', join(work, deb), work]);
    rmSync(join(work, deb));
  });
  return join(folder, 'usr', 'bin', 'kubectl');
}

/** The version that `apt-cache madison` says a suite has. */
export function versionIn(madison: string, suite: string): string | undefined {
  for (const line of madison.split('\n')) {
    const [, version, source] = line.split('|').map((field) => field.trim());
    if (version && source?.split(' ').some((word) => word === `${suite}/main`)) return version;
  }
  return undefined;
}

/**
 * apt's arguments for package lists of our own with the three suites, from the mirror that this
 * machine's own sources name. The system's lists stay as they are; signatures are checked as apt is
 * set up to.
 */
async function ownLists(): Promise<string[]> {
  const folder = join(cacheRoot(), 'apt');
  const apt = [
    ['Dir::Etc::SourceList', join(folder, 'suites.sources')],
    ['Dir::Etc::SourceParts', '/dev/null'],
    ['Dir::State', folder],
    // Which packages are installed has no meaning here, and an empty answer is taken.
    ['Dir::State::status', '/dev/null'],
    ['Dir::Cache', join(folder, 'cache')],
    ['Acquire::Languages', 'none'],
    // As root apt would fetch as user _apt, who may not write to this folder, and warn about it.
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await withLock(`${folder}.lock`, async () => {
    const stamp = join(folder, 'fetched');
    if (isYoung(stamp)) return;
    for (const each of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(folder, each), { recursive: true });
    }
    writeFileSync(join(folder, 'suites.sources'), sourcesFor(await mirror()));
    await run('apt-get', [...apt, '-q', 'update']);
    writeFileSync(stamp, '');
  });
  return apt;
}

/** The address of the Debian archive that this machine uses. */
async function mirror(): Promise<string> {
  const format = '$(REPO_URI)\t$(ORIGIN)\t$(LABEL)';
  const targets = await run('apt-get', [
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
    'Origin: Debian',
    'Label: Debian',
  ]);
  const [uri] = targets.split(/\s/);
  if (!uri) throw new Error('apt has no Debian sources here, or `apt-get update` never ran');
  return uri;
}

function sourcesFor(uri: string): string {
  return `Types: deb
URIs: ${uri}
Suites: bookworm trixie sid
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
}

function isYoung(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs < LISTS_KEEP_MS;
  } catch {
    return false;
  }
}
