import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Person } from '../../scripts/rest.ts';
import { type FakeServer, kubernetes, startFakeServer } from '../src/environments/fakeServer.ts';
import { runCommand } from './command.ts';
import type { RunningServer } from './server.ts';

export const PASSWORD = 'correct horse battery staple';
export const PASSPHRASE = 'Flut am Morgen, Ebbe zu Mittag';

/** A cluster that says yes to what Sallyport asks of one. */
export function startCluster(): Promise<FakeServer> {
  return startFakeServer((request, response) => {
    if (request.url?.startsWith('/apis/rbac.')) return void response.writeHead(403).end();
    kubernetes(request, response);
  });
}

/** Makes the first admin. */
export async function setUp(server: RunningServer): Promise<Person> {
  const admin = server.person();
  const body = { token: server.setupToken ?? '', username: 'admin', password: PASSWORD };
  await admin.call('setup.complete', { body });
  return admin;
}

/** Gives the admin an environment, a grant and a kubeconfig. @returns the token in it */
export async function furnish(admin: Person, cluster: FakeServer): Promise<string> {
  const { id: userId } = await admin.call('auth.me');
  await admin.call('environments.create', {
    body: {
      ...{ name: 'one', rbac: 'external', token: 'any' },
      ...{ server: cluster.url, caData: cluster.caData },
    },
  });
  await admin.call('grants.create', {
    body: { userId, role: 'cluster-admin', environmentIds: [1] },
  });
  const made = await admin.call('kubeconfigs.create', { body: { environmentIds: [1] } });
  const { users } = parse(await made.text()) as { users: Array<{ user: { token: string } }> };
  return users[0]?.user.token ?? '';
}

/** Fails unless a restored Sallyport is the same one: its admin signs in, the kubeconfig opens. */
export async function isTheSame(server: RunningServer, token: string): Promise<void> {
  assert.equal(server.setupToken, undefined);
  const person = server.person();
  await person.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
  assert.equal((await person.call('kubeconfigs.list')).total, 1);
  const answer = await person.fetch('/api/endpoints/1/kubernetes/version', {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.status, 200, await answer.text());
  await person.close();
}

/** A file with a passphrase, for nobody else to read. */
export function passphraseFile(folder: string, text = `${PASSPHRASE}\n`, mode = 0o600): string {
  const path = join(folder, `passphrase-${Math.random().toString(36).slice(2)}`);
  writeFileSync(path, text, { mode });
  return path;
}

export interface Asked {
  readonly dataDir: string;
  readonly to: string;
  readonly file: string;
  readonly more?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The command line of `sallyport backup`. */
export const backupArgs = ({ dataDir, to, file, more = [] }: Asked): string[] => [
  ...['backup', '--data-dir', dataDir, '--to', to, '--passphrase-file', file, ...more],
];

/** Runs `sallyport backup` to its end. */
export const backup = (asked: Asked) => runCommand(backupArgs(asked), '', asked.env);

/** Runs `sallyport restore` to its end. */
export const restore = (
  file: string,
  dataDir: string,
  passphrase = PASSPHRASE,
  env: Readonly<Record<string, string>> = {},
) => runCommand(['restore', file, '--data-dir', dataDir], passphrase, env);

/** The names in a folder that only someone who makes a backup has there. */
export const unfinished = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /^\.(?:sallyport-backup|backup|restore)-/.test(name));
