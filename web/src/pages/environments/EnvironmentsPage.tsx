import type { Environment } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useList } from '../../app/use-list.ts';
import type { Column } from '../../components/DataTable.tsx';
import { Labels } from '../../components/Labels.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { RowMenu } from '../../components/RowMenu.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { AddEnvironmentDialog } from './AddEnvironmentDialog.tsx';
import { CheckDialog } from './CheckDialog.tsx';
import { EditEnvironmentDialog } from './EditEnvironmentDialog.tsx';
import { RemoveEnvironmentDialog } from './RemoveEnvironmentDialog.tsx';
import { ReplaceCredentialDialog } from './ReplaceCredentialDialog.tsx';

/** How often the states are asked for again, in milliseconds. */
const REFRESH_MS = 15_000;

const DIALOGS = {
  check: CheckDialog,
  edit: EditEnvironmentDialog,
  credential: ReplaceCredentialDialog,
  remove: RemoveEnvironmentDialog,
} as const;
type Act = keyof typeof DIALOGS;

/** Every cluster that is registered. */
export function EnvironmentsPage() {
  const list = useList();
  const answer = useRoute(
    'environments.list',
    { query: list.query },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const [adding, setAdding] = useState(false);
  const [act, setAct] = useState<{ act: Act; environment: Environment }>();

  const columns: ReadonlyArray<Column<Environment>> = [
    {
      name: 'Environment',
      main: true,
      cell: ({ name, labels }) => (
        <>
          {name}
          <Labels labels={labels} />
        </>
      ),
    },
    { name: 'API server', cell: ({ server }) => <span className="sp-mono">{server}</span> },
    { name: 'State', cell: (environment) => <StateMark {...environment} /> },
    {
      name: 'Kubernetes',
      cell: ({ version }) =>
        version ? <span className="sp-mono">{version}</span> : <span className="sp-soft">–</span>,
    },
    {
      name: 'RBAC',
      cell: ({ rbac }) => (rbac === 'managed' ? 'by Sallyport' : 'by its owner'),
    },
    {
      name: 'Act',
      quiet: true,
      cell: (environment) => {
        const run = (chosen: Act) => () => setAct({ act: chosen, environment });
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
      {act && <ActDialog {...act} onClose={() => setAct(undefined)} />}
    </ListPage>
  );
}

interface ActDialogProps {
  readonly act: Act;
  readonly environment: Environment;
  readonly onClose: () => void;
}

function ActDialog({ act, environment, onClose }: ActDialogProps) {
  const Dialog = DIALOGS[act];
  return <Dialog environment={environment} onClose={onClose} />;
}
