import type { Grant } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useRoute } from '../app/client.ts';
import { usePages } from '../app/use-pages.ts';
import type { Column } from '../components/DataTable.tsx';
import { PartList } from '../components/PartList.tsx';
import { Tag } from '../components/Tag.tsx';
import { TimeText } from '../components/TimeText.tsx';
import { scopeInWords } from '../lib/access.ts';
import { placeInWords } from '../lib/grants.ts';

interface GrantsPanelProps {
  /** Of which user, team or environment. */
  readonly of: {
    readonly userId?: number;
    readonly teamId?: number;
    readonly environmentId?: number;
  };
  readonly empty: string;
  readonly caption?: string;
}

/** The grants of one user, team or environment. They are made and ended on the Grants page. */
export function GrantsPanel({ of, empty, caption = 'Grants' }: GrantsPanelProps) {
  const pages = usePages();
  const { environmentId } = of;
  // Only its own environment's binding is shown, if any.
  const reach = environmentId === undefined ? 0 : 1;
  const answer = useRoute(
    'grants.list',
    { query: { ...pages.query, ...of, reach } },
    { keep: true },
  );

  const columns: ReadonlyArray<Column<Grant>> = [
    {
      name: 'May do',
      main: true,
      cell: ({ role, namespaces, namespaceSelector, note }) => (
        <>
          <b>{role}</b> {scopeInWords(namespaces, namespaceSelector)}
          {note && <span className="sp-soft"> · {note}</span>}
        </>
      ),
    },
    { name: 'Who', cell: (grant) => <Subject {...grant} /> },
    environmentId === undefined
      ? {
          name: 'In',
          cell: (grant) => placeInWords(grant),
        }
      : { name: 'In the cluster', cell: (grant) => <InCluster {...grant} id={environmentId} /> },
    {
      name: 'Until',
      cell: ({ expiresAt }) =>
        expiresAt ? (
          <TimeText time={expiresAt} form="day" />
        ) : (
          <span className="sp-soft">no end</span>
        ),
    },
  ];

  return (
    <>
      <PartList caption={caption} columns={columns} pages={pages} answer={answer} empty={empty} />
      <p className="sp-panel__more">
        <Link to="/grants">All grants</Link>
      </p>
    </>
  );
}

function Subject({ subject, userId }: Grant) {
  if (userId === null) return <>Team {subject}</>;
  return (
    <Link to="/users/$id" params={{ id: String(userId) }}>
      {subject}
    </Link>
  );
}

function InCluster({ bindings, id }: Grant & { readonly id: number }) {
  const binding = bindings.find(({ environmentId }) => environmentId === id);
  if (!binding) return <span className="sp-soft">–</span>;
  if (binding.state === 'pending') {
    return (
      <>
        <Tag tone="warn">Not yet</Tag> {binding.message}
      </>
    );
  }
  return <>{binding.state === 'applied' ? 'in force' : 'bound by its owner'}</>;
}
