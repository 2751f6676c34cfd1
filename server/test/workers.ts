import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { RunningServer } from './server.ts';

/** How long a worker may take to start on a machine that has other work. */
const LONGEST_START_MS = 60_000;

/** The workers of a supervisor that have not ended, by pid, the oldest first. */
export function workersOf({ pid }: Pick<RunningServer, 'pid'>): number[] {
  const text = execFileSync('ps', ['--ppid', String(pid), '-o', 'pid=', '--sort=pid']).toString();
  return text.split('\n').filter(Boolean).map(Number).filter(isAlive);
}

export function isAlive(pid: number): boolean {
  try {
    // Nobody may have waited for it yet: then it is a zombie (proc(5)).
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** One connection to a server, which stays open between requests. */
export interface Line {
  /** Which worker has the connection, by pid. */
  readonly worker: number;
  readonly get: (path: string, token?: string) => Promise<IncomingMessage>;
  readonly close: () => void;
}

/** Opens connections until each worker has one, in the order of {@link workersOf}. */
export async function lineToEach(server: RunningServer): Promise<Line[]> {
  const lines = new Map<number, Line>();
  const pids = workersOf(server);
  const deadline = performance.now() + LONGEST_START_MS;
  while (lines.size < pids.length) {
    if (performance.now() > deadline) throw new Error('a worker takes no connections');
    const line = await openLine(server);
    if (lines.has(line.worker)) line.close();
    else lines.set(line.worker, line);
  }
  return pids.flatMap((pid) => lines.get(pid) ?? []);
}

export async function openLine(server: RunningServer): Promise<Line> {
  const { port } = new URL(server.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: server.ca });

  const get: Line['get'] = async (path, token) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const sent = request({ host: '127.0.0.1', port, path, agent, headers }).end();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once('response', resolve);
    sent.once('error', reject);
    return promise;
  };

  const response = await get('/healthz');
  const { localPort } = response.socket;
  await textOf(response);
  const worker = ownerOf(Number(port), localPort ?? 0, workersOf(server));
  return { worker, get, close: () => agent.destroy() };
}

/** Reads an answer to its end. @throws where the connection ends before it */
export async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

/** Which process has the server's end of a connection on this machine (proc(5), `/proc/net/tcp`). */
function ownerOf(serverPort: number, clientPort: number, pids: readonly number[]): number {
  const portOf = (address = '') => Number.parseInt(address.split(':')[1] ?? '', 16);
  const rows = readFileSync('/proc/net/tcp', 'latin1').split('\n');
  const row = rows
    .map((line) => line.trim().split(/\s+/))
    .find(([, local, remote]) => portOf(local) === serverPort && portOf(remote) === clientPort);
  const link = `socket:[${row?.[9]}]`;
  const owner = pids.find((pid) => linksOf(pid).includes(link));
  if (owner === undefined) throw new Error('no worker has the connection');
  return owner;
}

function linksOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`);
      } catch {
        return ''; // closed meanwhile
      }
    });
  } catch {
    return []; // ended meanwhile
  }
}
