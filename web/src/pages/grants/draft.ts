import { type CallInput, type GrantCreate, parseSelector } from '@sallyport/contract';
import type { Choice } from '../../components/pick/PickOne.tsx';
import { parseNamespaces } from '../../lib/namespaces.ts';
import { NOTHING_PICKED, type Picked } from '../../lib/picked.ts';

/** A grant as a person fills it in. */
export interface GrantDraft {
  readonly to: 'user' | 'team';
  readonly subject: Choice | undefined;
  readonly place: 'named' | 'selected' | 'all';
  readonly environments: Picked;
  readonly environmentSelector: string;
  readonly role: string;
  readonly scope: 'cluster' | 'namespaces' | 'selected';
  readonly namespaces: string;
  readonly namespaceSelector: string;
  /** As a `datetime-local` field writes it, in local time; empty for no end. */
  readonly until: string;
  readonly note: string;
}

export const EMPTY_DRAFT: GrantDraft = {
  to: 'user',
  subject: undefined,
  place: 'named',
  environments: NOTHING_PICKED,
  environmentSelector: '',
  role: 'view',
  scope: 'cluster',
  namespaces: '',
  namespaceSelector: '',
  until: '',
  note: '',
};

/**
 * The request's body for a draft.
 *
 * @returns undefined where something is still missing
 */
export function grantBody(draft: GrantDraft): GrantCreate | undefined {
  const { subject, role, until, note } = draft;
  const place = placeOf(draft);
  const scope = scopeOf(draft);
  if (!subject || !place || !scope) return undefined;
  return {
    ...(draft.to === 'user' ? { userId: subject.id } : { teamId: subject.id }),
    ...place,
    role,
    ...scope,
    note,
    expiresAt: until ? new Date(until).toISOString() : null,
  };
}

/**
 * What to ask a preview of a draft for.
 *
 * @returns undefined where it is not said yet which environments it is for
 */
export function previewQuery(draft: GrantDraft): CallInput<'grants.preview'>['query'] {
  const { subject, to } = draft;
  const place = placeOf(draft);
  if (!place) return undefined;
  const { environmentIds, environmentSelector, allEnvironments } = place;
  const scope = scopeOf(draft);
  return {
    ...(subject ? (to === 'user' ? { userId: subject.id } : { teamId: subject.id }) : {}),
    ...(environmentIds ? { environmentIds: environmentIds.join(',') } : {}),
    ...(environmentSelector === undefined ? {} : { environmentSelector }),
    ...(allEnvironments ? { allEnvironments: 'true' } : {}),
    ...(scope?.namespaceSelector ? { namespaceSelector: scope.namespaceSelector } : {}),
  };
}

type Place = Pick<GrantCreate, 'environmentIds' | 'environmentSelector' | 'allEnvironments'>;

function placeOf({ place, environments, environmentSelector }: GrantDraft): Place | undefined {
  if (place === 'all') return { allEnvironments: true };
  if (place === 'named') {
    return environments.size === 0 ? undefined : { environmentIds: [...environments.keys()] };
  }
  return isSelector(environmentSelector) ? { environmentSelector } : undefined;
}

type Scope = Pick<GrantCreate, 'namespaces' | 'namespaceSelector'>;

function scopeOf({ scope, namespaces, namespaceSelector }: GrantDraft): Scope | undefined {
  if (scope === 'cluster') return { namespaces: null };
  if (scope === 'selected') {
    return isSelector(namespaceSelector) ? { namespaceSelector } : undefined;
  }
  const names = parseNamespaces(namespaces);
  return names.length === 0 ? undefined : { namespaces: names };
}

function isSelector(text: string): boolean {
  return (parseSelector(text).selector?.length ?? 0) > 0;
}
