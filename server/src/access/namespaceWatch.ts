import type { KubeClient, KubeResponse } from '../environments/kubeClient.ts';
import { statusMessage } from '../environments/permissions.ts';

/** The cluster does not let its namespaces be read; the message is a clause. */
export class NamespacesRefused extends Error {}

/** Thrown where the cluster has forgotten the version that a watch was to begin at. */
export const GONE = Symbol('the version is too old');

type Labels = Readonly<Record<string, string>>;

/** Only names and labels are asked for (API concepts, "Metadata-only fetches"). */
const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';
const METADATA_LIST =
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
const PAGE = 500;
/** On top of what a watch lasts: after that its connection is taken for dead. */
const GRACE_MS = 5_000;

interface ListedNamespace {
  readonly metadata?: { readonly name?: unknown; readonly labels?: unknown };
}

/**
 * Lists the namespaces of a cluster as they are now.
 *
 * @returns labels by name, and the version at which a watch goes on
 * @throws NamespacesRefused, or what the connection fails with
 */
export async function listNamespaces(
  kube: KubeClient,
  signal: AbortSignal,
): Promise<{ labels: Map<string, Labels>; version: string }> {
  const labels = new Map<string, Labels>();
  let page = '';
  for (;;) {
    const next = page === '' ? '' : `&continue=${encodeURIComponent(page)}`;
    const response = await kube.request({
      method: 'GET',
      path: `/api/v1/namespaces?limit=${PAGE}${next}`,
      accept: METADATA_LIST,
      signal,
    });
    // What was to go on is too old: from the beginning.
    if (response.status === 410 && page !== '') {
      labels.clear();
      page = '';
      continue;
    }
    if (response.status !== 200) throw refused(response, 'list');
    const { items, metadata } = response.body as {
      items?: readonly ListedNamespace[] | null;
      metadata?: { resourceVersion?: string; continue?: string };
    };
    for (const item of items ?? []) {
      const { name, labels: own } = read(item);
      if (name !== undefined) labels.set(name, own);
    }
    page = metadata?.continue ?? '';
    if (page === '') return { labels, version: metadata?.resourceVersion ?? '' };
  }
}

/** What a watch tells while it lasts. */
export interface NamespaceNews {
  /** The cluster answers, so what is known is so. */
  confirmed(): void;
  /** @param labels undefined: the namespace is gone */
  changed(name: string, labels: Labels | undefined): void;
}

/**
 * Watches the namespaces of a cluster for some seconds.
 *
 * @returns the version at which the next watch goes on
 * @throws GONE, NamespacesRefused, or what the connection fails with
 */
export async function watchNamespaces(
  kube: KubeClient,
  from: string,
  seconds: number,
  signal: AbortSignal,
  news: NamespaceNews,
): Promise<string> {
  let version = from;
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    timeoutSeconds: String(seconds),
  });
  const answer = await kube.lines({
    method: 'GET',
    path: `/api/v1/namespaces?${query}`,
    accept: METADATA,
    timeoutMs: seconds * 1_000 + GRACE_MS,
    signal,
  });
  if (answer.status === 410) throw GONE;
  if (answer.status !== 200) throw refused(answer, 'watch');
  news.confirmed();
  for await (const line of answer.lines) {
    const { type, object } = line as { type?: string; object?: ListedNamespace };
    // A Status: nearly always 410, that the version is too old. A new list is right for any.
    if (type === 'ERROR') throw GONE;
    const { name, labels, resourceVersion } = read(object);
    if (resourceVersion !== undefined) version = resourceVersion;
    if (type !== 'BOOKMARK' && name !== undefined) {
      news.changed(name, type === 'DELETED' ? undefined : labels);
    }
    news.confirmed();
  }
  return version;
}

function read(item: ListedNamespace | undefined) {
  const { name, labels, resourceVersion } = (item?.metadata ?? {}) as Record<string, unknown>;
  return {
    name: typeof name === 'string' ? name : undefined,
    labels: (labels ?? {}) as Labels,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
  };
}

function refused(response: KubeResponse, verb: string): NamespacesRefused {
  const { status } = response;
  if (status === 401) return new NamespacesRefused("the cluster refuses Sallyport's credential");
  const said = statusMessage(response);
  if (status === 403) {
    return new NamespacesRefused(
      `Sallyport's credential may not ${verb} namespaces, by whose labels this grant chooses; give it the verbs list and watch on namespaces, or name the namespaces in the grant (the cluster says: ${said})`,
    );
  }
  return new NamespacesRefused(`the cluster did not ${verb} its namespaces: ${said}`);
}
