import { z } from 'zod';
import { IdParam, listOf } from '../common.ts';
import {
  Kubeconfig,
  KubeconfigCreate,
  KubeconfigPatch,
  KubeconfigQuery,
  KubeconfigRenewal,
  KubeconfigRevocation,
  KubeconfigsRevoked,
} from '../kubeconfigs.ts';
import { define } from './route.ts';

/** Issued kubeconfigs. */
export const kubeconfigsRoutes = define({
  'kubeconfigs.list': {
    method: 'GET',
    path: '/api/kubeconfigs',
    access: 'user',
    summary: 'My kubeconfigs; for admins, those of userId or of everybody',
    query: KubeconfigQuery,
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
  'kubeconfigs.get': {
    method: 'GET',
    path: '/api/kubeconfigs/:id',
    access: 'user',
    summary: 'One kubeconfig: mine, or for admins anyone’s',
    params: IdParam,
    response: Kubeconfig,
  },
  'kubeconfigs.update': {
    method: 'PATCH',
    path: '/api/kubeconfigs/:id',
    access: 'user',
    summary: 'Rename a kubeconfig: mine, or for admins anyone’s',
    params: IdParam,
    body: KubeconfigPatch,
    response: Kubeconfig,
  },
  'kubeconfigs.renew': {
    method: 'POST',
    path: '/api/kubeconfigs/:id/renew',
    access: 'user',
    status: 201,
    file: true,
    summary: 'Issue a new file in place of one of mine; the old one stays good for the overlap',
    params: IdParam,
    body: KubeconfigRenewal,
  },
  'kubeconfigs.revokeMany': {
    method: 'POST',
    path: '/api/kubeconfigs/revoke',
    access: 'user',
    summary: 'Revoke all of a user, all that reach an environment, or both at once',
    body: KubeconfigRevocation,
    response: KubeconfigsRevoked,
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
