import { type AccessRight, Id, Namespace } from '@sallyport/contract';
import { scopeInWords } from './access.ts';

/** What is asked of the access explorer, as the address bar holds it. */
export interface ExploreSearch {
  readonly ask?: 'namespace';
  readonly userId?: number;
  readonly namespace?: string;
  readonly environmentId?: number;
  /** Counted from 1. */
  readonly page?: number;
}

/** Environments of an answer that are shown at a time. */
export const EXPLORE_PAGE = 20;

/** Reads the question from the address bar; whatever makes no sense is left out. */
export function parseExploreSearch(search: Readonly<Record<string, unknown>>): ExploreSearch {
  const userId = Id.safeParse(Number(search.userId));
  const environmentId = Id.safeParse(Number(search.environmentId));
  // A namespace may be called 7, which the router reads as a number.
  const namespace = Namespace.safeParse(String(search.namespace ?? ''));
  const page = Math.floor(Number(search.page));
  return {
    ...(search.ask === 'namespace' ? { ask: 'namespace' } : {}),
    ...(userId.success ? { userId: userId.data } : {}),
    ...(namespace.success ? { namespace: namespace.data } : {}),
    ...(environmentId.success ? { environmentId: environmentId.data } : {}),
    ...(page > 1 && Number.isSafeInteger(page) ? { page } : {}),
  };
}

/**
 * The query of the report that answers the question.
 *
 * @returns undefined where no question is asked yet
 */
export function reportQuery({ ask, userId, namespace, environmentId }: ExploreSearch) {
  const where = environmentId === undefined ? {} : { environmentId };
  if (ask === 'namespace') return namespace === undefined ? undefined : { namespace, ...where };
  return userId === undefined ? undefined : { userId, ...where };
}

/** Where the report can be had as a file. */
export function reportPath(query: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return `/api/access/report?${search}`;
}

/** Whether a right gives anything, as far as Sallyport decides it. */
export function isHeld({ state }: Pick<AccessRight, 'state'>): boolean {
  return state === 'in-force' || state === 'external';
}

/** What a right allows where, such as `edit in team-a`. */
export function rightInWords(right: AccessRight): string {
  const { role, namespaces, namespaceSelector } = right;
  return `${role} ${scopeInWords(namespaces, namespaceSelector)}`;
}
