import type { Environment } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useList } from '../../app/use-list.ts';
import { CapacityText } from '../../components/CapacityText.tsx';
import type { Column } from '../../components/DataTable.tsx';
import { Labels } from '../../components/Labels.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { RowMenu } from '../../components/RowMenu.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { AddEnvironmentDialog } from './AddEnvironmentDialog.tsx';
import { type EnvironmentAct, EnvironmentActDialog } from './EnvironmentActDialog.tsx';
import './environments.css';

/** How often the states are asked for again, in milliseconds. */
const REFRESH_MS = 15_000;

/** Every cluster that is registered. */
export function EnvironmentsPage() {
  const list = useList();
  const answer = useRoute(
    'environments.list',
    { query: list.query },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const [adding, setAdding] = useState(false);
  const [act, setAct] = useState<{ act: EnvironmentAct; environment: Environment }>();

  const columns: ReadonlyArray<Column<Environment>> = [
    {
      name: 'Environment',
      main: true,
      cell: ({ id, name, labels }) => (
        <>
          <Link to="/environments/$id" params={{ id: String(id) }}>
            {name}
          </Link>
          <Labels labels={labels} most={4} />
        </>
      ),
    },
    {
      name: 'API server',
      cell: ({ server, rbac }) => (
        <>
          <div className="sp-mono sp-server" title={server ?? undefined}>
            {server}
          </div>
          <div className="sp-soft">RBAC {rbac === 'managed' ? 'by Sallyport' : 'by its owner'}</div>
        </>
      ),
    },
    { name: 'State', cell: (environment) => <StateMark {...environment} /> },
    { name: 'Size', cell: (environment) => <CapacityText {...environment} /> },
    {
      name: 'Kubernetes',
      cell: ({ version }) =>
        version ? <span className="sp-mono">{version}</span> : <span className="sp-soft">–</span>,
    },
    {
      name: 'Act',
      quiet: true,
      cell: (environment) => {
        const run = (chosen: EnvironmentAct) => () => setAct({ act: chosen, environment });
        return (
          <RowMenu
            label={`What to do with ${environment.name}`}
            acts={[
              { name: 'Check again', run: run('check') },
              { name: 'Edit', run: run('edit') },
              { name: 'Replace credential', run: run('credential') },
              { name: 'Remove', isDanger: true, run: run('remove') },
            ]}
          />
        );
      },
    },
  ];

  return (
    <ListPage
      title="Environments"
      lead="The Kubernetes clusters behind this gate. Nobody enters one without a grant, admins included."
      noun="environments"
      columns={columns}
      list={list}
      answer={answer}
      empty={{
        title: 'No environment yet',
        note: 'Add a cluster by pasting a kubeconfig that Sallyport may use for it.',
      }}
      add={{ name: 'Add environment', run: () => setAdding(true) }}
    >
      {adding && <AddEnvironmentDialog onClose={() => setAdding(false)} />}
      {act && <EnvironmentActDialog {...act} onClose={() => setAct(undefined)} />}
    </ListPage>
  );
}
