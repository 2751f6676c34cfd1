import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { EnvironmentCheck } from '@sallyport/contract';
import { type Lab, useLab } from '@sallyport/lab';
import { newAuthority } from '../../../lab/src/pki.ts';
import { SallyportError } from '../errors.ts';
import { whoAmI } from './permissions.ts';
import { eventually, openTestRegistry, type TestRegistry } from './testing.ts';

const ADMIN = { access: undefined, showServer: true };

describe('the registry of environments, on a real cluster', () => {
  let lab: Lab;
  let registry: TestRegistry;
  let token: string;
  let count = 0;
  const run = randomBytes(3).toString('hex');
  const base = (rbac: 'managed' | 'external' = 'managed') => {
    count += 1;
    return { name: `env ${count}`, labels: {}, rbac };
  };

  before(async () => {
    lab = await useLab({ pods: 'off' });
    registry = await openTestRegistry();
    token = await account('admin', 'cluster-admin');
  });
  after(async () => {
    await registry?.close();
    await lab?.stop();
  });

  async function createBy(credential: string, rbac?: 'managed' | 'external') {
    const { server, caData } = lab;
    return registry.environments.create({ ...base(rbac), server, caData, token: credential });
  }

  async function total(): Promise<number> {
    const all = { limit: 1, offset: 0, ids: undefined, access: new Map(), showServer: true };
    return (await registry.environments.list(all)).total;
  }

  /** What was refused leaves nothing behind. */
  async function refused(attempt: () => Promise<unknown>, code: string, message: RegExp) {
    const before = await total();
    await assert.rejects(attempt, (error: unknown) => {
      assert.ok(error instanceof SallyportError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
    assert.equal(await total(), before);
  }

  /** A token long enough that nobody is warned of its end. */
  function account(name: string, clusterRole?: string): Promise<string> {
    return lab.serviceAccountToken(`${name}-${run}`, {
      ...(clusterRole === undefined ? {} : { clusterRole }),
      expirationSeconds: 90 * 86_400,
    });
  }

  /** A ServiceAccount with exactly these rules. */
  async function accountWith(name: string, rules: unknown[]): Promise<string> {
    const clusterRole = `${name}-${run}`;
    const made = await lab.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: clusterRole },
      rules,
    });
    assert.equal(made.status, 201);
    return account(name, clusterRole);
  }

  /** What is missing, by how much it matters; what could be narrower is another matter. */
  const missing = ({ findings }: EnvironmentCheck) =>
    findings.filter(({ level }) => level !== 'info');

  it('takes a kubeconfig with a client certificate, and can use it at once', async () => {
    const created = await registry.environments.create({
      ...base(),
      kubeconfig: lab.adminKubeconfig,
    });
    assert.equal(created.check.version, lab.version);
    assert.deepEqual(missing(created.check), []);
    assert.equal(created.state, 'up');
    assert.equal(created.version, lab.version);
    assert.equal(created.server, lab.server);
    assert.equal(JSON.stringify(created).includes('PRIVATE'), false);

    const kube = registry.environments.kube(created.id);
    assert.equal((await kube?.request({ method: 'GET', path: '/api/v1/namespaces' }))?.status, 200);
    assert.equal(registry.environments.target(created.id)?.environmentName, created.name);
  });

  it('takes an address, a CA and a token, and stores the token sealed', async () => {
    const created = await createBy(token);
    assert.deepEqual(missing(created.check), []);
    const [wide] = created.check.findings;
    assert.match(wide?.message ?? '', /may act as anybody in the cluster, as system:masters too/);
    assert.match(wide?.remedy ?? '', /^Constrained impersonation is on by default in this version/);
    assert.equal(registry.environments.target(created.id)?.authorization, `Bearer ${token}`);
    const rows = await registry.store.db.selectFrom('environments').selectAll().execute();
    assert.equal(JSON.stringify(rows).includes(token), false);
  });

  it('registers a token without rights, and says what follows from that', async () => {
    const created = await createBy(await account('nobody'));
    assert.deepEqual(
      created.check.findings.map(({ level }) => level),
      ['error', 'warning', 'warning', 'warning', 'warning', 'info', 'info'],
    );
    const [impersonation, cluster, namespaced, bind, namespaces] = created.check.findings;
    assert.match(
      impersonation?.message ?? '',
      /^The credential may not impersonate users, groups, uids, userextras\/sallyport\/kubeconfig-id and userextras\/sallyport\/request-id, so nobody can be let through\. The cluster says: /,
    );
    assert.match(impersonation?.remedy ?? '', /the verb impersonate on users and groups/);
    assert.match(
      cluster?.message ?? '',
      /may not list, create, update and delete clusterrolebindings/,
    );
    assert.match(namespaced?.message ?? '', /may not list, create, update and delete rolebindings/);
    assert.match(
      bind?.message ?? '',
      /may not bind the ClusterRole view, edit, admin and cluster-admin/,
    );
    assert.match(namespaces?.message ?? '', /^The credential may not list and watch namespaces, /);
  });

  it('names the one kind of impersonation that is missing', async () => {
    const credential = await accountWith('half', [
      { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
      { apiGroups: ['authentication.k8s.io'], resources: ['uids'], verbs: ['impersonate'] },
    ]);
    const { check } = await createBy(credential, 'external');
    assert.deepEqual(
      check.findings.map(({ level }) => level),
      ['error', 'warning', 'info', 'info'],
    );
    assert.match(
      check.findings[0]?.message ?? '',
      /may not impersonate userextras\/sallyport\/kube/,
    );
  });

  it('finds nothing missing where the credential has what its mode needs, and no more', async () => {
    const impersonate = [
      { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
      {
        apiGroups: ['authentication.k8s.io'],
        resources: [
          'uids',
          'userextras/sallyport/kubeconfig-id',
          'userextras/sallyport/request-id',
        ],
        verbs: ['impersonate'],
      },
      { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
    ];
    const gate = await accountWith('gate', impersonate);
    assert.deepEqual(missing((await createBy(gate, 'external')).check), []);

    const keeper = await accountWith('keeper', [
      ...impersonate,
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterrolebindings', 'rolebindings'],
        verbs: ['list', 'create', 'update', 'delete'],
      },
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        resourceNames: ['view', 'edit'],
        verbs: ['bind'],
      },
    ]);
    const { findings } = (await createBy(keeper)).check;
    assert.deepEqual(
      findings.map(({ message }) => message),
      [
        'The credential may not bind the ClusterRole admin and cluster-admin, so grants of it stay pending.',
        'The credential may not list, create, update, delete, escalate, bind clusterroles, so grants of custom roles stay pending here. All others work.',
        'The credential may act as anybody in the cluster, as system:masters too.',
      ],
    );
  });

  it('warns of a credential that soon ends', async () => {
    const short = await lab.serviceAccountToken(`admin-${run}`, { expirationSeconds: 3600 });
    const findings = missing((await createBy(short)).check);
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.message ?? '', /^The credential expires at 2\d{3}-.*Z; then nobody/);
  });

  it('refuses a token that the cluster does not accept', async () => {
    await refused(
      () => createBy('not-a-token'),
      'environment.credential_refused',
      /does not accept the credential: the API server answers 401/,
    );
  });

  it('refuses an expired client certificate, and says since when', async () => {
    const { kubeconfig } = await lab.clientCertificate('late', {
      groups: ['system:masters'],
      expired: true,
    });
    await refused(
      () => registry.environments.create({ ...base(), kubeconfig }),
      'environment.kubeconfig_invalid',
      /^The client certificate expired at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.$/,
    );
  });

  it('refuses a cluster that another CA has signed', async () => {
    const { cert } = await newAuthority('another');
    await refused(
      () => registry.environments.create({ ...base(), server: lab.server, caData: cert, token }),
      'environment.tls_failed',
      /could not prove who it is: its certificate is not signed by the CA given/,
    );
    await refused(
      () => registry.environments.create({ ...base(), server: lab.server, token }),
      'environment.tls_failed',
      /not signed by a public CA, and no CA was given/,
    );
  });

  it('refuses a cluster whose certificate has other names', async () => {
    await refused(
      () =>
        registry.environments.create({
          ...base(),
          server: lab.server,
          caData: lab.caData,
          token,
          tlsServerName: 'elsewhere.example',
        }),
      'environment.tls_failed',
      /its certificate is not for elsewhere\.example, but for .*127\.0\.0\.1/,
    );
  });

  it('refuses an address where nothing listens', async () => {
    await refused(
      () =>
        registry.environments.create({
          ...base(),
          server: 'https://127.0.0.1:1',
          caData: lab.caData,
          token,
        }),
      'environment.unreachable',
      /cannot reach https:\/\/127\.0\.0\.1:1: nothing listens there/,
    );
  });

  it('changes name, labels and mode without a word to the cluster, and keeps the credential', async () => {
    const { id, name } = await createBy(token);
    const changed = await registry.environments.update(id, {
      name: `${name} renamed`,
      labels: { stage: 'prod' },
    });
    assert.equal(changed.name, `${name} renamed`);
    assert.deepEqual(changed.labels, { stage: 'prod' });
    assert.deepEqual(changed.check, { version: lab.version, findings: [] });
    assert.equal(registry.environments.target(id)?.environmentName, `${name} renamed`);
    assert.equal(registry.environments.target(id)?.authorization, `Bearer ${token}`);
  });

  it('tests a new credential before it takes the place of the old one', async () => {
    const { id } = await createBy(token);
    await refused(
      () => registry.environments.update(id, { token: 'not-a-token' }),
      'environment.credential_refused',
      /401/,
    );
    assert.equal(registry.environments.target(id)?.authorization, `Bearer ${token}`);

    const before = registry.environments.target(id)?.generation;
    await registry.environments.update(id, { kubeconfig: lab.adminKubeconfig });
    const after = registry.environments.target(id);
    assert.notEqual(after?.generation, before);
    assert.equal(after?.authorization, undefined);
    assert.ok(after?.clientCertificate);
  });

  it('never sends the stored credential to another address', async () => {
    const { id } = await createBy(token);
    await refused(
      () => registry.environments.update(id, { server: 'https://127.0.0.1:1', caData: lab.caData }),
      'environment.address_invalid',
      /A new address needs the credential for it/,
    );
  });

  it('checks again what the credential may do', async () => {
    const name = `fickle-${run}`;
    const credential = await accountWith('fickle', [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    ]);
    const { id, check } = await createBy(credential);
    assert.deepEqual(missing(check), []);
    await lab.call('PUT', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`, {
      metadata: { name },
      rules: [],
    });
    // The API server itself takes a moment to know its new rules.
    const { findings } = await eventually(
      () => registry.environments.check(id),
      (check) => missing(check).length > 0,
    );
    assert.equal(findings[0]?.level, 'error');
  });

  it('removes an environment, and knows its target no more', async () => {
    const { id } = await createBy(token);
    await registry.environments.remove(id);
    assert.equal(registry.environments.target(id), undefined);
    assert.equal(registry.environments.kube(id), undefined);
    await assert.rejects(registry.environments.get(id, ADMIN), { code: 'environment.not_found' });
    await assert.rejects(registry.environments.remove(id), { code: 'environment.not_found' });
  });

  it('asks as itself, or as somebody else', async (t) => {
    const { id } = await createBy(token);
    const kube = registry.environments.kube(id);
    assert.ok(kube);
    const me = await whoAmI(kube);
    if (me === undefined) return t.skip(`${lab.version} has no SelfSubjectReview`);
    assert.equal(me, `system:serviceaccount:default:admin-${run}`);
  });
});
