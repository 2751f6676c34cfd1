import type { Impersonation, KubeClient, KubeResponse } from './kubeClient.ts';

/** One thing to do to one kind of object, as an authorizer is asked (`SubjectAccessReview`). */
export interface Permission {
  readonly verb: string;
  /** API group; empty: the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  /** Absent: in all namespaces, or not in any. */
  readonly namespace?: string;
}

/**
 * Asks the cluster whether somebody may do something (`SelfSubjectAccessReview`).
 *
 * @param as on whose behalf; absent: Sallyport's own credential
 * @returns false also where the cluster does not answer the question
 */
export async function mayDo(
  kube: KubeClient,
  permission: Permission,
  as?: Impersonation,
): Promise<boolean> {
  return isAllowed(await reviewAccess(kube, permission, as));
}

/**
 * Asks the cluster whether somebody may use a path that is no object, as {@link mayDo}.
 *
 * @param question the verb is the method in lower case
 */
export async function mayReach(
  kube: KubeClient,
  question: { readonly verb: string; readonly path: string },
  as: Impersonation,
): Promise<boolean> {
  return isAllowed(await review(kube, { nonResourceAttributes: question }, as));
}

/** The answer to {@link mayDo} as the cluster gives it, for those who need its words. */
export function reviewAccess(
  kube: KubeClient,
  resourceAttributes: Permission,
  as?: Impersonation,
): Promise<KubeResponse> {
  return review(kube, { resourceAttributes }, as);
}

function review(
  kube: KubeClient,
  spec: object,
  as: Impersonation | undefined,
): Promise<KubeResponse> {
  return kube.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec,
    },
    ...(as === undefined ? {} : { as }),
  });
}

function isAllowed({ body }: KubeResponse): boolean {
  return (body as { status?: { allowed?: unknown } } | null)?.status?.allowed === true;
}

/**
 * Who the cluster takes Sallyport's credential for (`SelfSubjectReview`, Kubernetes 1.28 and later).
 *
 * @returns such as `system:serviceaccount:kube-system:sallyport`; undefined on older clusters
 */
export async function whoAmI(kube: KubeClient): Promise<string | undefined> {
  const { body } = await kube.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  const username = (body as { status?: { userInfo?: { username?: unknown } } } | null)?.status
    ?.userInfo?.username;
  return typeof username === 'string' ? username : undefined;
}

/** The sentence of a Kubernetes `Status`, or the HTTP status where the answer is none. */
export function statusMessage({ status, body }: KubeResponse): string {
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === 'string' && message !== '' ? message.slice(0, 500) : `HTTP ${status}`;
}
