import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A PostgreSQL server for tests. */
export interface TestPostgres {
  /** Of its database `postgres`; others can be made beside it. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL server of its own in a temporary folder, reachable by a socket in that folder
 * alone. It ends, and the folder with it, with this process, however this process ends.
 *
 * @throws Error with the reason where this machine cannot run one: see {@link postgresMissing}
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const missing = postgresMissing();
  if (missing) throw new Error(missing);
  const bin = serverPrograms() as string;
  const account = runAs();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pg-'));
  if (account) chownSync(folder, account.uid, account.gid);
  // The shell waits for the end of its input, which comes when this process ends, be it by kill -9.
  const supervisor = spawn('/bin/sh', ['-c', SUPERVISOR, 'sallyport-test-postgres', bin, folder], {
    ...account,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const gone = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()));
  const ready = await new Promise<boolean>((resolve) => {
    createInterface(supervisor.stdout).once('line', (line) => resolve(line === 'ready'));
    void gone.then(() => resolve(false));
  });
  const stop = async () => {
    supervisor.ref();
    supervisor.stdin.end();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  if (!ready) {
    const log = readFileSync(join(folder, 'log'), 'utf8').trim();
    await stop();
    throw new Error(`PostgreSQL did not start: ${log.split('\n').slice(-5).join(' / ')}`);
  }
  // It must not keep a process alive that has nothing else to do.
  supervisor.unref();
  for (const pipe of [supervisor.stdin, supervisor.stdout]) {
    (pipe as { unref?: () => void }).unref?.();
  }
  return { url: `postgres://postgres@${encodeURIComponent(folder)}/postgres`, stop };
}

/** Why no PostgreSQL can be started here; undefined: it can. */
export function postgresMissing(): string | undefined {
  if (serverPrograms() === undefined) {
    return 'no PostgreSQL server programs are installed (Debian: apt-get install postgresql)';
  }
  if (process.getuid?.() === 0 && runAs() === undefined) {
    return 'PostgreSQL refuses to run as root, and there is no user named postgres';
  }
  return undefined;
}

/**
 * Durability costs time and proves nothing where the whole server is thrown away. The log goes to a
 * file: a server stands still when nobody reads the pipe it writes its log to.
 */
const SUPERVISOR = `
bin=$1 folder=$2
exec 2>"$folder/log"
"$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >&2 || exit 1
"$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \\
  -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 </dev/null >&2 &
server=$!
until "$bin/pg_isready" -q -h "$folder"; do
  kill -0 $server || exit 1
  sleep 0.05
done
echo ready
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$folder"
`;

/** The newest server's folder of programs, where Debian or Homebrew put them. */
function serverPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')));
}

/** The account that Debian made for the server; undefined for one who is not root anyway. */
function runAs(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}
