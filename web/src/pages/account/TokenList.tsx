import { Button } from '@patternfly/react-core';
import type { ApiToken } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { TokenDialog } from './TokenDialog.tsx';

/** One's own API tokens: make one, see when it was used, revoke it. */
export function TokenList() {
  const { data, error } = useRoute('tokens.list', { query: { limit: 1000 } });
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<ApiToken>();

  const columns: ReadonlyArray<Column<ApiToken>> = [
    {
      name: 'Name',
      main: true,
      cell: ({ name, hint }) => (
        <>
          {name} <span className="sp-soft sp-mono">…{hint}</span>
        </>
      ),
    },
    {
      name: 'Expires',
      cell: ({ expiresAt }) => (expiresAt ? <TimeText time={expiresAt} form="day" /> : 'never'),
    },
    {
      name: 'Last used',
      cell: ({ lastUsedAt }) => (lastUsedAt ? <TimeText time={lastUsedAt} /> : 'never'),
    },
    {
      name: 'Act',
      quiet: true,
      cell: (token) => (
        <Button
          variant="link"
          isDanger
          aria-label={`Revoke ${token.name}`}
          onClick={() => setRemoving(token)}
        >
          Revoke
        </Button>
      ),
    },
  ];

  return (
    <div className="sp-stack">
      <ProblemNote error={error} title="The API tokens could not be read" />
      {data?.total === 0 && <p className="sp-soft">You have none.</p>}
      {data?.total !== 0 && !error && (
        <DataTable caption="API tokens" columns={columns} rows={data?.items} keyOf={(t) => t.id} />
      )}
      <div>
        <Button variant="secondary" onClick={() => setAdding(true)}>
          Make a token
        </Button>
      </div>
      {adding && <TokenDialog onClose={() => setAdding(false)} />}
      {removing && <RemoveToken token={removing} onClose={() => setRemoving(undefined)} />}
    </div>
  );
}

function RemoveToken({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const remove = useDialogAct('tokens.delete', {
    stale: ['tokens.'],
    done: () => `The token ${token.name} is revoked.`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`Revoke ${token.name}?`}
      act="Revoke"
      {...remove.dialog}
      onConfirm={() => remove.send({ params: { id: token.id } })}
    >
      <p>Scripts that use it are refused from the next request on.</p>
    </ConfirmDialog>
  );
}
