import { Button } from '@patternfly/react-core';
import type { Kubeconfig } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../app/client.ts';
import { useDialogAct } from '../app/use-dialog-act.ts';
import { usePages } from '../app/use-pages.ts';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import type { Column } from '../components/DataTable.tsx';
import { PartList } from '../components/PartList.tsx';
import { Tag } from '../components/Tag.tsx';
import { TimeText } from '../components/TimeText.tsx';

interface KubeconfigsPanelProps {
  /** Of which user, or that name which environment. */
  readonly of: { readonly userId?: number; readonly environmentId?: number };
  readonly empty: string;
}

/** The kubeconfigs of one user or environment, for admins. */
export function KubeconfigsPanel({ of, empty }: KubeconfigsPanelProps) {
  const pages = usePages();
  const query = { ...pages.query, ...of, ...(of.userId === undefined ? { all: 'true' } : {}) };
  const answer = useRoute('kubeconfigs.list', { query }, { keep: true });
  const [revoking, setRevoking] = useState<Kubeconfig>();

  const columns: ReadonlyArray<Column<Kubeconfig>> = [
    {
      name: 'Kubeconfig',
      main: true,
      cell: ({ name, hint }) => (
        <>
          {name} <span className="sp-soft sp-mono">…{hint}</span>
        </>
      ),
    },
    of.userId === undefined
      ? {
          name: 'Of',
          cell: ({ userId, username }) => (
            <Link to="/users/$id" params={{ id: String(userId) }}>
              {username}
            </Link>
          ),
        }
      : {
          name: 'Environments',
          cell: ({ environments }) =>
            environments.map(({ name }) => name).join(', ') || 'none any more',
        },
    {
      name: 'State',
      cell: ({ state, expiresAt }) => (
        <>
          <Tag tone={state === 'active' ? 'good' : undefined}>{STATES[state]}</Tag>{' '}
          {state === 'active' && expiresAt && (
            <>
              until <TimeText time={expiresAt} form="day" />
            </>
          )}
        </>
      ),
    },
    {
      name: 'Last used',
      cell: ({ lastUsedAt, lastUsedFrom }) =>
        lastUsedAt ? (
          <>
            <TimeText time={lastUsedAt} /> <span className="sp-soft">from {lastUsedFrom}</span>
          </>
        ) : (
          <span className="sp-soft">never</span>
        ),
    },
    {
      name: 'Act',
      quiet: true,
      cell: (kubeconfig) =>
        kubeconfig.state === 'active' && (
          <Button
            variant="link"
            isDanger
            aria-label={`Revoke ${kubeconfig.name} of ${kubeconfig.username}`}
            onClick={() => setRevoking(kubeconfig)}
          >
            Revoke
          </Button>
        ),
    },
  ];

  return (
    <>
      <PartList
        caption="Kubeconfigs"
        columns={columns}
        pages={pages}
        answer={answer}
        empty={empty}
      />
      {revoking && <RevokeTheirs kubeconfig={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}

const STATES = { active: 'Good', expired: 'Expired', revoked: 'Revoked' } as const;

interface RevokeTheirsProps {
  readonly kubeconfig: Kubeconfig;
  readonly onClose: () => void;
}

function RevokeTheirs({ kubeconfig, onClose }: RevokeTheirsProps) {
  const { id, name, username } = kubeconfig;
  const revoke = useDialogAct('kubeconfigs.revoke', {
    stale: ['kubeconfigs.'],
    done: () => `${name} is revoked.`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`Revoke ${name} of ${username}?`}
      act="Revoke"
      {...revoke.dialog}
      onConfirm={() => revoke.send({ params: { id } })}
    >
      <p>
        Whatever uses this file is refused from the next request on, and its open connections are
        ended. This cannot be taken back; {username} can make another one.
      </p>
    </ConfirmDialog>
  );
}
