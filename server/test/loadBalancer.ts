import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPart } from '@sallyport/lab';

/** Load balancers as people put them in front: Debian's own programs, in the foreground. */

/** Debian puts them where only root's PATH leads. */
const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
/** Debian's nginx loads it; in others it is compiled in. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';
const START_MS = 30_000;

/** One that runs. */
export interface LoadBalancer {
  readonly stop: () => Promise<void>;
}

type Program = 'nginx' | 'haproxy';

/** Whether the program is on this machine; where not, the test is skipped or fails, and says so. */
export function hasProgram(t: TestContext, name: Program): boolean {
  return hasPart(t, name, isHere(name) ? undefined : `${name} is not on this machine`);
}

export function isHere(name: Program): boolean {
  return find(name) !== undefined;
}

/**
 * Starts nginx.
 *
 * @param block `http { … }` or `stream { … }`
 * @param port where it will listen, on 127.0.0.1
 */
export function startNginx(port: number, block: string): Promise<LoadBalancer> {
  return start('nginx', port, (folder) => {
    const file = join(folder, 'nginx.conf');
    // A worker of root's would become another user, who could not enter the folder.
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    const modules = existsSync(STREAM_MODULE) ? `load_module ${STREAM_MODULE};` : '';
    writeFileSync(
      file,
      `${modules} ${user} daemon off; worker_processes 1; pid ${folder}/pid;
       error_log stderr warn; events { worker_connections 256; }\n${block}\n`,
    );
    return ['-c', file, '-p', folder, '-e', 'stderr'];
  });
}

/** What `http { … }` of nginx needs to write nowhere but in its folder. */
export const NGINX_HTTP = `access_log off; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;`;

/**
 * Starts HAProxy.
 *
 * @param sections `defaults`, `frontend` and the like
 * @param port where it will listen, on 127.0.0.1
 */
export function startHaproxy(port: number, sections: string): Promise<LoadBalancer> {
  return start('haproxy', port, (folder) => {
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, `global\n  maxconn 256\n${sections}\n`);
    return ['-db', '-f', file];
  });
}

async function start(
  name: Program,
  port: number,
  configure: (folder: string) => string[],
): Promise<LoadBalancer> {
  const folder = mkdtempSync(join(tmpdir(), `sallyport-${name}-`));
  const child = spawn(find(name) ?? name, configure(folder), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(hard);
    rmSync(folder, { recursive: true, force: true });
  };
  const opened = await Promise.race([opens(port), ended.then(() => false)]);
  if (opened) return { stop };
  await stop();
  throw new Error(`${name} did not start: ${said}`);
}

/** @returns false where nothing listens there in time */
async function opens(port: number): Promise<boolean> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await delay(50)) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return true;
  }
  return false;
}

function find(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
