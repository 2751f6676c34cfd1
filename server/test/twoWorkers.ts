import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { parse } from 'yaml';
import type { Person } from '../../scripts/rest.ts';
import { type FakeServer, kubernetes } from '../src/environments/fakeServer.ts';
import { type RunningServer, startServer } from './server.ts';
import type { Line } from './workers.ts';

export const PASSWORD = 'correct horse battery staple';
export const METRICS_TOKEN = 'for the tests of metrics'.replaceAll(' ', '-');
export const WATCH = '/api/endpoints/1/kubernetes/api/v1/pods?watch=true';
export const READ = '/api/endpoints/1/kubernetes/version';

/** An API server that shows nobody its bindings, and whose watches never end. */
export const upstream: RequestListener = (request, response) => {
  if (request.url?.startsWith('/apis/rbac.')) return void response.writeHead(403).end();
  if (!request.url?.startsWith('/api/v1/pods?watch')) return kubernetes(request, response);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"type":"BOOKMARK"}\n');
};

/** A gateway of two workers with one environment, and its admin. */
export interface Scene {
  readonly server: RunningServer;
  readonly admin: Person;
  /** Makes a kubeconfig. @returns its id and token */
  readonly kubeconfig: (expiresIn?: string) => Promise<{ id: number; token: string }>;
  readonly close: () => Promise<void>;
}

export async function setUp(
  cluster: FakeServer,
  dataDir: string,
  args: readonly string[] = [],
): Promise<Scene> {
  const server = await startServer(dataDir, ['--workers', '2', ...args], {
    SALLYPORT_METRICS_TOKEN: METRICS_TOKEN,
  });
  const admin = server.person();
  const body = { token: server.setupToken ?? '', username: 'admin', password: PASSWORD };
  const { id: userId } = await admin.call('setup.complete', { body });
  await admin.call('environments.create', {
    body: {
      ...{ name: 'one', rbac: 'external', token: 'any' },
      ...{ server: cluster.url, caData: cluster.caData },
    },
  });
  await admin.call('grants.create', {
    body: { userId, role: 'cluster-admin', environmentIds: [1] },
  });
  return {
    server,
    admin,
    async kubeconfig(expiresIn) {
      const wanted = { environmentIds: [1], ...(expiresIn ? { expiresIn } : {}) };
      const made = await admin.call('kubeconfigs.create', { body: wanted });
      const { users } = parse(await made.text()) as { users: Array<{ user: { token: string } }> };
      const { items } = await admin.call('kubeconfigs.list', { query: {} });
      return { id: Math.max(...items.map(({ id }) => id)), token: users[0]?.user.token ?? '' };
    },
    async close() {
      await admin.close();
      await server.kill('SIGTERM');
    },
  };
}

/** Opens a watch and reads its first event. */
export async function watch(line: Line, token: string): Promise<IncomingMessage> {
  const response = await line.get(WATCH, token);
  assert.equal(response.statusCode, 200);
  await once(response, 'readable');
  return response;
}
