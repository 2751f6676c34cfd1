import { Button } from '@patternfly/react-core';
import type { ApiToken } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { rowsOf } from '../../app/foresee.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { usePages } from '../../app/use-pages.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import type { Column } from '../../components/DataTable.tsx';
import { PartList } from '../../components/PartList.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { TokenDialog } from './TokenDialog.tsx';

/**
 * API tokens: make one, see when it was used, revoke it.
 *
 * @param userId somebody else's, for admins, who make none for them; absent: one's own
 */
export function TokenList({ userId }: { userId?: number }) {
  const isMine = userId === undefined;
  const pages = usePages();
  const answer = useRoute(
    'tokens.list',
    { query: { ...pages.query, ...(isMine ? {} : { userId }) } },
    { keep: true },
  );
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
      <PartList
        caption="API tokens"
        columns={columns}
        pages={pages}
        answer={answer}
        empty={isMine ? 'You have none.' : 'None.'}
      />
      {isMine && (
        <div>
          <Button variant="secondary" onClick={() => setAdding(true)}>
            Make a token
          </Button>
        </div>
      )}
      {adding && <TokenDialog onClose={() => setAdding(false)} />}
      {removing && <RemoveToken token={removing} onClose={() => setRemoving(undefined)} />}
    </div>
  );
}

function RemoveToken({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const remove = useDialogAct('tokens.delete', {
    stale: ['tokens.'],
    foresee: () => [rowsOf('tokens.list', (row) => (row.id === token.id ? undefined : row))],
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
