import { openStore } from '../../server/src/store/store.ts';
import type { Stage } from './fixture.ts';
import { PASSWORD } from './fixture.ts';

/** What {@link populate} made. */
export interface Population {
  /** Ids of the environments, in the order of their names. */
  readonly environmentIds: readonly number[];
  readonly danaId: number;
}

const ENVIRONMENTS: ReadonlyArray<{ name: string; labels: Record<string, string> }> = [
  { name: 'build farm', labels: { env: 'build' } },
  { name: 'production-eu', labels: { env: 'prod', region: 'eu-central-1' } },
  { name: 'production-us', labels: { env: 'prod', region: 'us-east-1' } },
  { name: 'staging', labels: { env: 'staging' } },
];

/**
 * Fills a fresh Sallyport, by its API, with what the pages are there to show: several environments
 * (all the same cluster), people, a team and grants, some for the admin too.
 */
export async function populate(stage: Stage): Promise<Population> {
  const { admin, lab } = stage;
  await stage.setUp();
  const me = await admin.call('auth.me');
  const environmentIds: number[] = [];
  for (const { name, labels } of ENVIRONMENTS) {
    const body = { name, labels, kubeconfig: lab.adminKubeconfig };
    environmentIds.push((await admin.call('environments.create', { body })).id);
  }
  for (const name of ['checkout', 'payments']) {
    // Another test may have made them in the same cluster; they are left for it.
    await lab.call('POST', '/api/v1/namespaces', { metadata: { name } });
  }
  const dana = await admin.call('users.create', { body: { username: 'dana', password: PASSWORD } });
  const viewer = await admin.call('users.create', {
    body: { username: 'viewer', password: PASSWORD },
  });
  const team = await admin.call('teams.create', { body: { name: 'payments' } });
  await admin.call('teams.addMember', { params: { id: team.id }, body: { userId: dana.id } });
  await admin.call('roles.create', {
    body: {
      name: 'Support',
      description: 'Look into pods of others.',
      rules: [
        { apiGroups: [''], resources: ['pods', 'pods/log', 'events'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] },
      ],
    },
  });
  const [buildFarm = 0, ...others] = environmentIds;
  for (const body of [
    { userId: me.id, environmentIds, role: 'view' },
    { userId: me.id, environmentIds: others, role: 'edit', namespaces: ['default'] },
    { userId: me.id, environmentIds: [buildFarm], role: 'cluster-admin' },
    { teamId: team.id, environmentIds: others, role: 'edit', namespaces: ['checkout', 'payments'] },
    { userId: viewer.id, environmentIds: others, role: 'view', expiresAt: inDays(90) },
  ]) {
    await admin.call('grants.create', { body });
  }
  for (const [name, expiresIn] of [
    ['laptop', '720h'],
    ['workshop', '72h'],
    ['pipeline', '8h'],
  ] as const) {
    const file = await admin.call('kubeconfigs.create', {
      body: { name, environmentIds: others, expiresIn },
    });
    const text = await file.text();
    if (name === 'laptop') await openWatch(stage, others[0] ?? 0, text);
  }
  await ageWorkshop(stage);
  const { items } = await admin.call('kubeconfigs.list');
  const pipeline = items.find(({ name }) => name === 'pipeline');
  await admin.call('kubeconfigs.revoke', { params: { id: pipeline?.id ?? 0 } });
  await admin.call('tokens.create', { body: { name: 'terraform' } });
  return { environmentIds, danaId: dana.id };
}

/** Has one file be so old that it ends soon: nobody waits for that. */
async function ageWorkshop({ server: { dataDir } }: Stage): Promise<void> {
  const store = await openStore({ dataDir });
  try {
    await store.write(async (tx, changed) => {
      await tx
        .updateTable('kubeconfigs')
        .set({ created_at: Date.now() - 27 * DAY_MS })
        .where('name', '=', 'workshop')
        .execute();
      changed('kubeconfigs');
    });
  } finally {
    await store.close();
  }
}

/** Leaves a watch open, for those who look at what is. */
async function openWatch({ admin, defer }: Stage, id: number, file: string): Promise<void> {
  const token = /token: (\S+)/.exec(file)?.[1];
  const path = `/api/endpoints/${id}/kubernetes/api/v1/namespaces/default/configmaps?watch=1`;
  const response = await admin.fetch(path, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`no watch: ${await response.text()}`);
  // Held until then: undici ends what nobody can read any more.
  defer(() => response.body?.cancel().catch(() => {}));
}

const DAY_MS = 86_400_000;

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}
