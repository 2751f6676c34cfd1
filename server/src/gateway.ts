import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expiryPolicy } from '@sallyport/contract';
import { createExplorer } from './access/explorer.ts';
import { createGrants } from './access/grants.ts';
import { createNamespaces } from './access/namespaces.ts';
import { createReconciler } from './access/rbac/reconciler.ts';
import { createAccess } from './access/resolve.ts';
import { createRoles } from './access/roles.ts';
import { publicUrlOf } from './api/publicUrl.ts';
import type { RequestInfo } from './api/request.ts';
import { createApi } from './api/server.ts';
import { createAudit } from './audit/audit.ts';
import { createSinks } from './audit/sinks/configured.ts';
import { createBackup, removeCopies } from './backup/backup.ts';
import { createCertificate } from './certificate.ts';
import { noChannel, type OpenChannel } from './channel.ts';
import { createClock } from './clock.ts';
import type { Config } from './config.ts';
import { connectionProblem } from './environments/connectionProblem.ts';
import { createEnvironments } from './environments/environments.ts';
import { createHealth } from './environments/health.ts';
import { createHistory } from './environments/history.ts';
import { createReach } from './environments/reach.ts';
import { environmentNamed } from './environments/serverName.ts';
import { openVault } from './environments/vault.ts';
import { fail, SallyportError } from './errors.ts';
import { copying } from './gateway/backup.ts';
import { sinkConfig } from './gateway/sinkConfig.ts';
import { createGather } from './gather.ts';
import { createApiTokens } from './identity/apiTokens.ts';
import { createUserBulk } from './identity/bulk.ts';
import { readInstanceId } from './identity/instance.ts';
import { createPasswords } from './identity/passwords.ts';
import { createProvider } from './identity/provider/provider.ts';
import { createHalfSignIns } from './identity/secondFactor/halfSignIns.ts';
import { createSecondFactors } from './identity/secondFactor/secondFactors.ts';
import { createSessions } from './identity/sessions.ts';
import { createSetup, type Setup } from './identity/setup.ts';
import { createSignInLimits } from './identity/signInLimits.ts';
import { createSignIn } from './identity/signin.ts';
import { createTeams } from './identity/teams.ts';
import { createUsers, type RevokeKubeconfigs } from './identity/users.ts';
import { createAuthenticator } from './kubeconfigs/authenticate.ts';
import { revokeWhere } from './kubeconfigs/end.ts';
import { createEndNotices } from './kubeconfigs/endNotice.ts';
import { createKubeconfigs } from './kubeconfigs/kubeconfigs.ts';
import { createLastUse } from './kubeconfigs/lastUse.ts';
import { createListener, infoOf } from './listener.ts';
import { createLive } from './live.ts';
import type { Logger } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createEntrance } from './proxy/entrance.ts';
import { createProxy } from './proxy/proxy.ts';
import { createSettings } from './settings.ts';
import { openAuditDatabase } from './store/auditDatabase.ts';
import { openStore } from './store/store.ts';
import { makeFolder } from './tls/files.ts';
import { createTls } from './tls/tls.ts';
import { VERSION } from './version.ts';

const PAGE_ROOT = join(import.meta.dirname, '../../web/dist');

/** A running Sallyport. */
export interface Gateway {
  /** Where it listens, for people on this machine. */
  readonly url: string;
  /** The HTTP listener, where one was asked for. */
  readonly httpUrl: string | undefined;
  /** Where to make the first admin, while there is none. Holds a one-time token: print it, never log it. */
  readonly setupUrl: string | undefined;
  /** Drains, closes what is open, and writes what is pending. */
  stop(): Promise<void>;
}

/** The part of one process, where several make one Sallyport. */
export interface Part {
  /** How many processes there are. */
  readonly workers: number;
  /** Whether it does what is to be done once for all of them. */
  readonly leads: boolean;
  /** Whether it makes the token for the set-up, which is printed once. */
  readonly issuesSetupToken: boolean;
  /** Opens a channel to the others. */
  readonly openChannel: OpenChannel;
}

const ALL: Part = { workers: 1, leads: true, issuesSetupToken: true, openChannel: noChannel };

/**
 * Puts Sallyport together and starts it: the one place that knows every room.
 *
 * @param part what this process does of it; by default all
 * @throws SallyportError for everything that can be wrong at a start: the data directory, the
 *   database, the key, the certificate, the ports; nothing is left running then
 */
export async function startGateway(
  config: Config,
  logger: Logger,
  part: Part = ALL,
): Promise<Gateway> {
  const cleanups: Array<() => Promise<unknown> | unknown> = [];
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) {
      await Promise.resolve(cleanup()).catch((error: unknown) => {
        logger.error({ err: error }, 'while stopping');
      });
    }
  };
  try {
    return await start(config, logger, part, cleanups, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  config: Config,
  logger: Logger,
  { workers, leads, issuesSetupToken, openChannel }: Part,
  cleanups: Array<() => Promise<unknown> | unknown>,
  stop: () => Promise<void>,
): Promise<Gateway> {
  const { dataDir, databaseUrl } = config;
  // SQLite makes it; with PostgreSQL there are still the key and the certificates to be kept.
  if (databaseUrl !== undefined) makeFolder(dataDir);

  const store = await openStore({
    ...{ dataDir, databaseUrl, logger },
    others: openChannel('changes'),
  });
  cleanups.push(() => store.close());
  const vault = openVault(dataDir, config.secretKey);
  const tls = await createTls({
    dataDir,
    publicUrl: config.publicUrl,
    cert: config.tlsCert,
    key: config.tlsKey,
    logger,
  });
  cleanups.push(() => tls.stop());
  const renewals = openChannel<null>('certificate');
  tls.onChange(() => renewals.publish(null));
  renewals.subscribe(() => void tls.refresh());
  const instanceId = await readInstanceId(store);
  // By it ends whatever ends at a time.
  const clock = await createClock({ store, logger, leads });
  cleanups.push(() => clock.stop());
  const { now } = clock;
  const settings = await createSettings({ store, logger });
  cleanups.push(() => settings.close());

  // Who
  // Together as many at once as one process alone would compute, or one each.
  const passwords = createPasswords(workers === 1 ? {} : { concurrency: 1 });
  const revokeKubeconfigs: RevokeKubeconfigs = (tx, userId, at) => revokeWhere(tx, { userId }, at);
  const users = createUsers({ store, passwords, revokeKubeconfigs, openChannel, now });
  const teams = createTeams({ store, now });
  const apiTokens = createApiTokens({ store, logger, now });
  const setup = createSetup({ store, passwords, openChannel, now });
  const limits = createSignInLimits({ store, openChannel });
  const signIn = createSignIn({
    ...{ store, passwords, limits },
    allowed: () => settings.get().passwordSignIn,
  });
  const halfSignIns = createHalfSignIns({ store, sealer: vault, limits });
  const secondFactors = createSecondFactors({
    ...{ store, sealer: vault, limits },
    rule: () => settings.get().secondFactor,
  });
  const provider = createProvider({
    ...{ store, vault, openChannel, logger, now },
    cookies: vault.derive('sign-ins under way'),
    explain: (cause, server) => connectionProblem(cause, server).why,
  });
  cleanups.push(() => provider.close());
  const sessions = createSessions({
    store,
    lifetime: () => settings.duration('sessionLifetime'),
    idle: () => settings.duration('sessionIdle'),
    now,
    logger,
  });
  cleanups.push(() => sessions.close());

  let port = config.port;
  // Where to, and what may be done there
  const environments = createEnvironments({
    store,
    vault,
    release: (id) => reconciler.release(id),
    refuses: createReach({ allowed: config.environmentAddresses, ownPort: () => port }),
    logger,
  });
  await environments.start();
  cleanups.push(() => environments.stop());
  const { kube } = environments;
  const namespaces = createNamespaces({ store, kube, now, logger });
  // In each process, since what a person may do is answered from its own memory.
  namespaces.start();
  cleanups.push(() => namespaces.stop());
  const reconciler = createReconciler({
    ...{ store, kube, namespaces, instanceId, now, logger },
    results: openChannel('bindings'),
  });
  cleanups.push(() => reconciler.stop());
  const history = createHistory({ store, logger });
  cleanups.push(() => history.stop());
  const health = createHealth({ store, environments, history, logger });
  cleanups.push(() => health.stop());
  const access = createAccess({ store, namespaces, now });
  cleanups.push(() => access.stop());
  const roles = createRoles({ store, reconciler, now });
  const grants = createGrants({ store, reconciler, namespaces, kube, now });
  const explorer = createExplorer({ store, access, namespaces, grants, now });

  // What a person takes with them
  const publicUrl = (info?: RequestInfo) => publicUrlOf(info, config.publicUrl, port);
  const kubeconfigs = createKubeconfigs({
    store,
    now,
    accessible: access.accessible,
    policy: () => ({
      expiry: expiryPolicy(settings.get()),
      idleAfter: settings.duration('kubeconfigIdle'),
      perUser: settings.get().kubeconfigsPerUser,
    }),
  });
  const authenticator = createAuthenticator({ store, now });
  cleanups.push(() => authenticator.stop());
  const lastUse = createLastUse({
    store,
    now,
    onError: (error) => logger.warn({ err: error }, 'the last use of a kubeconfig was not written'),
  });
  cleanups.push(() => lastUse.stop());

  const link = { openChannel, others: workers - 1 };
  const metrics = createMetrics({
    ...{ store, ...link, version: VERSION, now },
    environmentName: (id) => environments.target(id)?.environmentName,
  });
  cleanups.push(() => metrics.stop());

  // What is written down of it all
  const audit = createAudit({
    database: await openAuditDatabase({ dataDir, databaseUrl, logger }),
    sinks: createSinks(sinkConfig(config), logger),
    environmentName: (id) => environments.target(id)?.environmentName,
    maxAge: () => settings.duration('auditRetention'),
    maxEvents: () => settings.get().auditMaxEvents,
    maxBytes: () => settings.get().auditMaxBytes,
    overflow: () => settings.get().auditOverflow,
    logger,
  });
  cleanups.push(() => audit.close());
  const gatherCounts = createGather({
    ...link,
    name: 'audit-counts',
    answer: () => audit.counts(),
  });

  // The two faces, and the port in front of them
  const proxy = createProxy({
    authenticate: authenticator.authenticate,
    enter: createEntrance({ resolve: access.resolve, target: environments.target }),
    used: lastUse.note,
    notice: createEndNotices({ store, now, logger }).due,
    labelsNamespaces: environments.labelsNamespaces,
    showsNamespaces: environments.showsNamespaces,
    takesUid: environments.takesUid,
    audit: (event) => {
      metrics.request(event);
      audit.request(event);
    },
    room: audit.room,
    limits: {
      requestsPerKubeconfig: config.kubeconfigRequests,
      requestsPerEnvironment: config.environmentRequests,
      streamsPerKubeconfig: config.kubeconfigStreams,
      streamsPerEnvironment: config.environmentStreams,
    },
    ...(workers === 1
      ? {}
      : { others: { workers, self: String(process.pid), channel: openChannel('limits') } }),
    timeOfEnds: now,
    publicUrl,
    logger,
  });
  metrics.ask({
    streams: proxy.streams,
    connections: proxy.connections,
    audit: () => audit.counts(),
    clockBehindMs: clock.behindMs,
  });
  const recheck = () => {
    proxy.recheck().catch((error: unknown) => {
      logger.error({ err: error }, 'open streams could not be checked');
    });
  };
  cleanups.push(store.onChange(recheck), namespaces.onChange(recheck));
  // The store tells of a changed environment before it has been read again.
  cleanups.push(environments.onReplaced(recheck));
  const live = createLive(
    {
      list: proxy.streams,
      end: (id, username) => proxy.endStream(id, fail('proxy.stream_ended', { username })),
    },
    link,
  );
  const api = await createApi({
    ...{
      store,
      users,
      userBulk: createUserBulk({ store, revokeKubeconfigs, now }),
      teams,
      sessions,
      signIn: counted(signIn, metrics.signIn, ({ secondFactor }) =>
        secondFactor ? 'auth.code_needed' : 'ok',
      ),
      halfSignIns: {
        ...halfSignIns,
        finish: counted(halfSignIns.finish, metrics.signIn, () => 'ok'),
      },
      secondFactors,
      provider: { ...provider, finish: counted(provider.finish, metrics.signIn, () => 'ok') },
      setup,
      apiTokens,
      settings,
    },
    ...{
      environments,
      history,
      roles,
      grants,
      explorer,
      namespaces,
      kubeconfigs,
      audit,
      logger,
      instanceId,
    },
    live,
    metrics,
    clock,
    backup: createBackup(copying({ dataDir, databaseUrl }, logger)),
    certificate: createCertificate({
      ...{ tls, ...link },
      ...{ publicUrl: config.publicUrl, httpPort: config.httpPort },
    }),
    metricsToken: config.metricsToken,
    auditCounts: async () => (await gatherCounts(undefined)).answers,
    accessible: access.accessible,
    caPem: () => tls.caData(),
    infoOf: (request) => infoOf(request) ?? { secure: false, address: '', host: undefined },
    publicUrlOf: publicUrl,
    hsts: hstsIn(config),
    pageRoot: PAGE_ROOT,
    version: VERSION,
  });
  cleanups.push(() => api.close());
  if (leads) await firstAdmin(config, setup, logger);
  const listener = createListener({
    ...{ host: config.host, port: config.port, httpPort: config.httpPort },
    ...{ trustedProxies: config.trustedProxies, proxyProtocol: config.proxyProtocol },
    ...{ tls, proxy, api, logger },
    environmentNamed: (name) => environmentNamed(name, settings.get().environmentDomain),
  });
  const ports = await listener.start();
  port = ports.port;
  const grace = config.shutdownGrace;
  cleanups.push(() => Promise.all([proxy.close(grace), listener.stop(grace)]));
  cleanups.push(() => audit.endTails());

  clock.start();
  if (leads) {
    const removed = removeCopies(dataDir, true);
    if (removed.length > 0)
      logger.warn({ removed }, 'Copies of the data were removed that a backup had left behind.');
    health.start();
    reconciler.start();
    audit.start();
  }
  const url = publicUrl();
  const token = issuesSetupToken ? await setup.issueToken() : undefined;
  return {
    url: `https://localhost:${ports.port}`,
    httpUrl: ports.httpPort === undefined ? undefined : `http://localhost:${ports.httpPort}`,
    setupUrl: token === undefined ? undefined : `${url}/setup#token=${token}`,
    stop,
  };
}

/** A start without a public URL is refused where HSTS is asked for, by the configuration. */
function hstsIn({ hsts, publicUrl }: Config) {
  return hsts === undefined || publicUrl === undefined ? undefined : { maxAge: hsts, publicUrl };
}

/** Tells how each call of a function ended: what `how` says of it, or the code of its error. */
function counted<A extends unknown[], R>(
  run: (...args: A) => Promise<R>,
  tell: (result: string) => void,
  how: (result: R) => string,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      const result = await run(...args);
      tell(how(result));
      return result;
    } catch (error) {
      tell(error instanceof SallyportError ? error.code : 'internal.error');
      throw error;
    }
  };
}

/** Makes the first admin from `--admin-password-file`, where that is given and there is none yet. */
async function firstAdmin(config: Config, setup: Setup, logger: Logger): Promise<void> {
  const { adminPasswordFile } = config;
  if (adminPasswordFile === undefined || !(await setup.required())) return;
  let password: string;
  try {
    password = readFileSync(adminPasswordFile, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw fail('setup.password_file', { path: adminPasswordFile }, error);
  }
  if (await setup.createFirstAdmin('admin', password)) {
    logger.info({ username: 'admin' }, 'the first admin was made from the password file');
  }
}
