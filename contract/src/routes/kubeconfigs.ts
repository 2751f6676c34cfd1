import { z } from 'zod';
import { Id, IdParam, ListQuery, listOf } from '../common.ts';
import { Kubeconfig, KubeconfigCreate } from '../kubeconfigs.ts';
import { define } from './route.ts';

/** Issued kubeconfigs. */
export const kubeconfigsRoutes = define({
  'kubeconfigs.list': {
    method: 'GET',
    path: '/api/kubeconfigs',
    access: 'user',
    summary: 'My kubeconfigs; for admins, those of userId',
    query: ListQuery.extend({ userId: z.coerce.number().pipe(Id).optional() }),
    response: listOf(Kubeconfig),
  },
  'kubeconfigs.create': {
    method: 'POST',
    path: '/api/kubeconfigs',
    access: 'user',
    status: 201,
    file: true,
    summary: 'Issue a kubeconfig and download it',
    body: KubeconfigCreate,
  },
  'kubeconfigs.download': {
    method: 'GET',
    path: '/api/kubernetes/config',
    access: 'user',
    file: true,
    summary: 'Issue a kubeconfig for ids (all that the caller may enter where absent)',
    query: z.strictObject({ ids: z.union([z.string(), z.array(z.string())]).optional() }),
  },
  'kubeconfigs.revoke': {
    method: 'DELETE',
    path: '/api/kubeconfigs/:id',
    access: 'user',
    status: 204,
    summary: 'Revoke a kubeconfig: mine, or for admins anyone’s',
    params: IdParam,
  },
});
