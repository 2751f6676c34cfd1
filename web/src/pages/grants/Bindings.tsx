import type { Grant } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { Tag } from '../../components/Tag.tsx';
import './grants.css';

type Binding = Grant['bindings'][number];

interface BindingsProps {
  readonly grant: Grant;
  readonly nameOf: (environmentId: number) => string;
}

/** Environments named before the rest is folded away: as many as a list asks for. */
export const BINDINGS_SHOWN = 5;

/** The environments of a grant, and whether each cluster has what the grant needs. */
export function Bindings({ grant, nameOf }: BindingsProps) {
  const more = grant.state === 'ended' ? 0 : grant.environmentCount - grant.bindings.length;
  return (
    <>
      <BindingList bindings={grant.bindings} nameOf={nameOf} />
      {more > 0 && <More count={more} grant={grant} nameOf={nameOf} />}
    </>
  );
}

/** Read once it is asked for: a grant may reach a thousand environments, and a page has 50 grants. */
function More({ count, grant, nameOf }: BindingsProps & { readonly count: number }) {
  const [open, setOpen] = useState(false);
  const { data, error, refetch } = useRoute(
    'grants.get',
    { params: { id: grant.id } },
    { enabled: open },
  );
  const shown = new Set(grant.bindings.map(({ environmentId }) => environmentId));
  const others = data?.bindings.filter(({ environmentId }) => !shown.has(environmentId));
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{count} more</summary>
      {open && <ProblemNote error={error} onRetry={refetch} />}
      {open && others && <BindingList bindings={others} nameOf={nameOf} />}
    </details>
  );
}

interface BindingListProps {
  readonly bindings: readonly Binding[];
  readonly nameOf: (environmentId: number) => string;
}

function BindingList({ bindings, nameOf }: BindingListProps) {
  return (
    <ul className="sp-bindings">
      {bindings.map(({ environmentId, state, message }) => (
        <li key={environmentId}>
          {nameOf(environmentId)} {state === 'applied' && <span className="sp-soft">in force</span>}
          {state === 'external' && <span className="sp-soft">bound by its owner</span>}
          {state === 'pending' && <Tag tone="warn">Not in the cluster yet</Tag>}
          {message && <span className="sp-bindings__why">{message}</span>}
        </li>
      ))}
    </ul>
  );
}
