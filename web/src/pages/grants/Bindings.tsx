import type { Grant } from '@sallyport/contract';
import { useState } from 'react';
import { Tag } from '../../components/Tag.tsx';
import './grants.css';

type Binding = Grant['bindings'][number];

interface BindingsProps {
  readonly bindings: readonly Binding[];
  readonly nameOf: (environmentId: number) => string;
}

/** Environments named before the rest is folded away. */
const SHOWN = 5;

/** The environments of a grant, and whether each cluster has what the grant needs. */
export function Bindings({ bindings, nameOf }: BindingsProps) {
  return (
    <>
      <BindingList bindings={bindings.slice(0, SHOWN)} nameOf={nameOf} />
      {bindings.length > SHOWN && <More bindings={bindings.slice(SHOWN)} nameOf={nameOf} />}
    </>
  );
}

/** Drawn once it is asked for: a grant may reach a thousand environments, and a page has 50 grants. */
function More({ bindings, nameOf }: BindingsProps) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{bindings.length} more</summary>
      {open && <BindingList bindings={bindings} nameOf={nameOf} />}
    </details>
  );
}

function BindingList({ bindings, nameOf }: BindingsProps) {
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
