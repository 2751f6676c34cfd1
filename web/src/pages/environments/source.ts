import type { CallInput } from '@sallyport/contract';
import { kubeconfigHints } from '../../lib/kubeconfig-text.ts';

type Create = CallInput<'environments.create'>['body'];

/** How Sallyport reaches a cluster, as a person fills it in. */
export interface Source {
  /** `command`: a kubeconfig too, as the onboarding command printed it. */
  readonly kind: 'kubeconfig' | 'command' | 'address';
  readonly kubeconfig: string;
  readonly context: string;
  readonly server: string;
  readonly caData: string;
  readonly token: string;
}

export const EMPTY_SOURCE: Source = {
  kind: 'kubeconfig',
  kubeconfig: '',
  context: '',
  server: '',
  caData: '',
  token: '',
};

/** The part of a request's body that says how to reach the cluster. */
export function sourceBody(source: Source) {
  const { kind, kubeconfig, context, server, caData, token } = source;
  if (kind !== 'address') {
    return { kubeconfig, ...(context.trim() ? { context: context.trim() } : {}) };
  }
  return {
    server: server.trim(),
    token: token.trim(),
    ...(caData.trim() ? { caData: caData.trim() } : {}),
  };
}

/** The whole body for a new environment. */
export function createBody(source: Source, rest: Pick<Create, 'name' | 'labels' | 'rbac'>): Create {
  return { ...rest, ...sourceBody(source) };
}

/** Whether enough is filled in to try it. */
export function isComplete({ kind, kubeconfig, server, token }: Source): boolean {
  return kind !== 'address'
    ? kubeconfig.trim() !== ''
    : server.trim() !== '' && token.trim() !== '';
}

/** The contexts of which several may be chosen; none where there is no choice. */
export function contextsOf({ kind, kubeconfig }: Source): readonly string[] {
  const { contexts } = kubeconfigHints(kubeconfig);
  return kind === 'kubeconfig' && contexts.length > 1 ? contexts : [];
}

/** A name to propose for the environment, from what was pasted; empty where nothing suggests one. */
export function proposedName({ kind, kubeconfig, context, server }: Source): string {
  if (kind !== 'address') return context.trim() || kubeconfigHints(kubeconfig).currentContext || '';
  return URL.parse(server.trim())?.hostname ?? '';
}
