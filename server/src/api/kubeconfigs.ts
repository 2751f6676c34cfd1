import type { FastifyReply } from 'fastify';
import { fail } from '../errors.ts';
import { parseIds } from '../kubeconfigs/ids.ts';
import type { IssueRequest } from '../kubeconfigs/kubeconfigs.ts';
import { fileName } from '../kubeconfigs/names.ts';
import { buildKubeconfig, type KubeconfigContent, toYaml } from '../kubeconfigs/render.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf, RouteRequest } from './route.ts';

type IssuingRequest = RouteRequest<'kubeconfigs.create'> | RouteRequest<'kubeconfigs.download'>;

/** Kubeconfigs: issued as a file, listed and revoked as objects. */
export function kubeconfigHandlers(dependencies: ApiDependencies): HandlersOf<'kubeconfigs'> {
  const { kubeconfigs, publicUrlOf } = dependencies;

  async function issueFile(
    request: IssuingRequest,
    reply: FastifyReply,
    wanted: Omit<IssueRequest, 'userId'>,
  ): Promise<string> {
    const { userId, username, by } = personOf(request);
    // An API token must not turn itself into access to clusters.
    if (by !== 'session') throw fail('auth.session_only');
    const publicUrl = publicUrlOf(request.info);
    if (!request.info.secure) throw fail('kubeconfig.https_only', { url: publicUrl });
    const issued = await kubeconfigs.issue({ userId, ...wanted });
    const file = buildKubeconfig({
      username,
      token: issued.token,
      publicUrl,
      environments: issued.environments,
      currentEnvironmentId: wanted.currentEnvironmentId,
      trust: trust(),
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
    const { kubeconfigTrust } = dependencies.settings.get();
    if (kubeconfigTrust === 'insecure') return { kind: 'insecure' };
    const caPem = kubeconfigTrust === 'auto' ? dependencies.caPem() : undefined;
    return caPem === undefined ? { kind: 'system' } : { kind: 'embedded', caPem };
  }

  return {
    'kubeconfigs.list': (request) => {
      const { userId, admin } = personOf(request);
      const wanted = request.query.userId ?? userId;
      if (wanted !== userId && !admin) throw fail('auth.admin_only');
      const { limit, offset, q } = request.query;
      return kubeconfigs.list({ userId: wanted, limit, offset, q });
    },

    'kubeconfigs.create': (request, reply) => issueFile(request, reply, request.body),

    'kubeconfigs.download': (request, reply) =>
      issueFile(request, reply, { environmentIds: parseIds(request.query.ids) }),

    'kubeconfigs.revoke': (request) => {
      const { userId, admin } = personOf(request);
      return kubeconfigs.revoke(request.params.id, { userId, admin });
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
