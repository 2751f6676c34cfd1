import type { FastifyReply } from 'fastify';
import { serverNameOf } from '../environments/serverName.ts';
import { fail } from '../errors.ts';
import { parseIds } from '../kubeconfigs/ids.ts';
import type { Issued } from '../kubeconfigs/issue.ts';
import { fileName } from '../kubeconfigs/names.ts';
import { buildKubeconfig, type KubeconfigContent, toYaml } from '../kubeconfigs/render.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf, RouteRequest } from './route.ts';

type IssuingRequest =
  | RouteRequest<'kubeconfigs.create'>
  | RouteRequest<'kubeconfigs.download'>
  | RouteRequest<'kubeconfigs.renew'>;

/** Kubeconfigs: issued and renewed as files, listed and revoked as objects. */
export function kubeconfigHandlers(dependencies: ApiDependencies): HandlersOf<'kubeconfigs'> {
  const { kubeconfigs, publicUrlOf } = dependencies;

  async function issueFile(
    request: IssuingRequest,
    reply: FastifyReply,
    issue: (userId: number) => Promise<Issued>,
  ): Promise<string> {
    const { userId, username, by } = personOf(request);
    // An API token must not turn itself into access to clusters.
    if (by !== 'session') throw fail('auth.session_only');
    const publicUrl = publicUrlOf(request.info);
    if (!request.info.secure) throw fail('kubeconfig.https_only', { url: publicUrl });
    const issued = await issue(userId);
    const file = buildKubeconfig({
      username,
      token: issued.token,
      publicUrl,
      environments: issued.environments,
      currentEnvironmentId: issued.currentEnvironmentId,
      trust: trust(),
      serverNameOf: serverNames(),
    });
    const json = wantsJson(request.headers.accept);
    const name = fileName(username, issued.environments, json ? 'json' : 'yaml');
    reply
      .header('location', `/api/kubeconfigs/${issued.id}`)
      .header('content-disposition', `attachment; filename="${name}"`)
      .type(json ? 'application/json' : 'application/yaml');
    return json ? `${JSON.stringify(file, null, 2)}\n` : toYaml(file);
  }

  function trust(): KubeconfigContent['trust'] {
    const { kubeconfigTrust, kubeconfigCas } = dependencies.settings.get();
    if (kubeconfigTrust === 'insecure') return { kind: 'insecure' };
    if (kubeconfigTrust === 'given') return { kind: 'embedded', caPem: kubeconfigCas };
    const caPem = kubeconfigTrust === 'auto' ? dependencies.caPem() : undefined;
    return caPem === undefined ? { kind: 'system' } : { kind: 'embedded', caPem };
  }

  /**
   * None where the certificate is no longer for them, or where people meet another one, since CAs of
   * one's own are embedded: they would only break the file.
   */
  function serverNames(): KubeconfigContent['serverNameOf'] {
    const { environmentDomain: domain, kubeconfigTrust } = dependencies.settings.get();
    if (
      kubeconfigTrust === 'given' ||
      domain === '' ||
      !dependencies.certificate.covers(serverNameOf(1, domain))
    )
      return undefined;
    return (id) => serverNameOf(id, domain);
  }

  return {
    'kubeconfigs.list': (request) => {
      const { userId, admin } = personOf(request);
      const { all, ...filter } = request.query;
      const ofOthers = all || filter.username !== undefined || filter.userId !== undefined;
      if (!admin && ofOthers && filter.userId !== userId) throw fail('auth.admin_only');
      return kubeconfigs.list(ofOthers ? filter : { ...filter, userId });
    },

    'kubeconfigs.get': (request) => kubeconfigs.get(request.params.id, personOf(request)),

    'kubeconfigs.create': (request, reply) =>
      issueFile(request, reply, (userId) => kubeconfigs.issue({ userId, ...request.body })),

    'kubeconfigs.download': (request, reply) =>
      issueFile(request, reply, (userId) =>
        kubeconfigs.issue({ userId, environmentIds: parseIds(request.query.ids) }),
      ),

    'kubeconfigs.update': (request) =>
      kubeconfigs.rename(request.params.id, request.body.name, personOf(request)),

    'kubeconfigs.renew': async (request, reply) => {
      const person = personOf(request);
      const { id } = request.params;
      const { userId } = await kubeconfigs.get(id, person);
      if (userId !== person.userId) throw fail('kubeconfig.owner_only');
      return issueFile(request, reply, () => kubeconfigs.renew({ id, userId, ...request.body }));
    },

    'kubeconfigs.revoke': (request) => kubeconfigs.revoke(request.params.id, personOf(request)),

    'kubeconfigs.revokeMany': async (request) => {
      const { userId, admin } = personOf(request);
      if (!admin && request.body.userId !== userId) throw fail('auth.admin_only');
      const revoked = await kubeconfigs.revokeMany(request.body);
      if (request.act) request.act.found = { revoked };
      return { revoked };
    },
  };
}

/** JSON only where it is asked for ahead of YAML; a browser's `*` means the default. */
function wantsJson(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const types = accept.split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  const json = types.indexOf('application/json');
  const yaml = types.findIndex((type) => /^(application|text)\/(x-)?yaml$/.test(type));
  return json !== -1 && (yaml === -1 || json < yaml);
}
