import type { GrantCreate } from '@sallyport/contract';
import type { Choice } from '../../components/pick/PickOne.tsx';
import { parseNamespaces } from '../../lib/namespaces.ts';
import type { Selection } from '../../lib/selection.ts';

/** A grant as a person fills it in. */
export interface GrantDraft {
  readonly to: 'user' | 'team';
  readonly subject: Choice | undefined;
  readonly environments: Selection;
  readonly role: string;
  readonly scope: 'cluster' | 'namespaces';
  readonly namespaces: string;
  /** As a `datetime-local` field writes it, in local time; empty for no end. */
  readonly until: string;
}

export const EMPTY_DRAFT: GrantDraft = {
  to: 'user',
  subject: undefined,
  environments: new Set(),
  role: 'view',
  scope: 'cluster',
  namespaces: '',
  until: '',
};

/**
 * The request's body for a draft.
 *
 * @returns undefined where something is still missing
 */
export function grantBody(draft: GrantDraft): GrantCreate | undefined {
  const { to, subject, environments, role, scope, until } = draft;
  const namespaces = scope === 'cluster' ? null : parseNamespaces(draft.namespaces);
  if (!subject || environments.size === 0 || namespaces?.length === 0) return undefined;
  return {
    ...(to === 'user' ? { userId: subject.id } : { teamId: subject.id }),
    environmentIds: [...environments],
    role,
    namespaces,
    expiresAt: until ? new Date(until).toISOString() : null,
  };
}
