import { Button } from '@patternfly/react-core';
import type { Kubeconfig } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useList } from '../../app/use-list.ts';
import type { Column } from '../../components/DataTable.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { KubeconfigState } from './KubeconfigState.tsx';
import { RevokeDialog } from './RevokeDialog.tsx';

/** The files that the person has been given, and the way to take each back. */
export function KubeconfigsPage() {
  const list = useList();
  const answer = useRoute('kubeconfigs.list', { query: list.query }, { keep: true });
  const [revoking, setRevoking] = useState<Kubeconfig>();

  const columns: ReadonlyArray<Column<Kubeconfig>> = [
    {
      name: 'Name',
      main: true,
      cell: ({ name, hint }) => (
        <>
          {name} <span className="sp-soft sp-mono">…{hint}</span>
        </>
      ),
    },
    { name: 'Environments', cell: ({ environments }) => namesOf(environments) },
    { name: 'State', cell: (kubeconfig) => <KubeconfigState {...kubeconfig} /> },
    { name: 'Made', cell: ({ createdAt }) => <TimeText time={createdAt} /> },
    { name: 'Last used', cell: (kubeconfig) => <LastUse {...kubeconfig} /> },
    {
      name: 'Act',
      quiet: true,
      cell: (kubeconfig) =>
        kubeconfig.state === 'active' && (
          <Button
            variant="link"
            isDanger
            aria-label={`Revoke ${kubeconfig.name}`}
            onClick={() => setRevoking(kubeconfig)}
          >
            Revoke
          </Button>
        ),
    },
  ];

  return (
    <ListPage
      title="My kubeconfigs"
      lead="Every file that was made for you. Revoke one that is lost or no longer needed."
      noun="kubeconfigs"
      columns={columns}
      list={list}
      answer={answer}
      empty={{
        title: 'No kubeconfig yet',
        note: (
          <>
            Press <b>Kubeconfig</b> on the <Link to="/">Home page</Link> to make one.
          </>
        ),
      }}
    >
      {revoking && <RevokeDialog kubeconfig={revoking} onClose={() => setRevoking(undefined)} />}
    </ListPage>
  );
}

function namesOf(environments: Kubeconfig['environments']): string {
  return environments.map(({ name }) => name).join(', ') || 'none any more';
}

function LastUse({ lastUsedAt, lastUsedFrom, lastUsedBy }: Kubeconfig) {
  if (!lastUsedAt) return <span className="sp-soft">never</span>;
  return (
    <>
      <TimeText time={lastUsedAt} />
      {lastUsedFrom && (
        <span className="sp-soft" title={lastUsedBy ?? undefined}>
          {' '}
          from {lastUsedFrom}
        </span>
      )}
    </>
  );
}
