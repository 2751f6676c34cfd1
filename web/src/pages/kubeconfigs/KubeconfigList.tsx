import { Button } from '@patternfly/react-core';
import type { CallOutput, Kubeconfig } from '@sallyport/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { publicSettingsQuery, useMe } from '../../app/session.ts';
import type { ListState } from '../../app/use-list.ts';
import type { Column } from '../../components/DataTable.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { type RowAct, RowMenu } from '../../components/RowMenu.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { canRenew } from '../../lib/kubeconfigs.ts';
import { KubeconfigState } from './KubeconfigState.tsx';
import { RenameDialog } from './RenameDialog.tsx';
import { RenewDialog } from './RenewDialog.tsx';
import { RevokeDialog } from './RevokeDialog.tsx';

const DIALOGS = { renew: RenewDialog, rename: RenameDialog, revoke: RevokeDialog } as const;
type Act = keyof typeof DIALOGS;

interface KubeconfigListProps {
  readonly title: string;
  readonly lead: string;
  readonly list: ListState;
  readonly answer: {
    readonly data: CallOutput<'kubeconfigs.list'> | undefined;
    readonly error: unknown;
  };
  readonly empty: { readonly title: string; readonly note?: ReactNode };
  /** Whether they are of several people. */
  readonly withOwner?: boolean;
  readonly acts: ReactNode;
  readonly bar: ReactNode;
  readonly isFiltered: boolean;
  readonly children?: ReactNode;
}

/** Issued files as a list, and what one can do with each. */
export function KubeconfigList({ withOwner = false, children, ...page }: KubeconfigListProps) {
  const me = useMe();
  const { data: settings } = useQuery(publicSettingsQuery);
  const [act, setAct] = useState<{ act: Act; kubeconfig: Kubeconfig }>();
  // A renewal gives a file, and files are given over HTTPS only.
  const isSecure = location.protocol === 'https:' && settings?.secure === true;

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
    ...(withOwner ? [{ name: 'User', cell: ({ username }: Kubeconfig) => username }] : []),
    { name: 'Environments', cell: ({ environments }) => namesOf(environments) },
    { name: 'State', cell: (kubeconfig) => <KubeconfigState {...kubeconfig} /> },
    { name: 'Made', cell: ({ createdAt }) => <TimeText time={createdAt} /> },
    { name: 'Last used', cell: (kubeconfig) => <LastUse {...kubeconfig} /> },
    {
      name: 'Act',
      quiet: true,
      cell: (kubeconfig) => {
        const run = (chosen: Act) => () => setAct({ act: chosen, kubeconfig });
        const mayRenew = isSecure && kubeconfig.userId === me.id && canRenew(kubeconfig);
        const acts: RowAct[] = [
          ...(mayRenew ? [{ name: 'Renew', run: run('renew') }] : []),
          { name: 'Rename', run: run('rename') },
          ...(kubeconfig.state === 'active'
            ? [{ name: 'Revoke', isDanger: true, run: run('revoke') }]
            : []),
        ];
        return <RowMenu label={`What to do with ${kubeconfig.name}`} acts={acts} />;
      },
    },
  ];
  const Dialog = act && DIALOGS[act.act];

  return (
    <ListPage noun="kubeconfigs" columns={columns} {...page}>
      {Dialog && <Dialog kubeconfig={act.kubeconfig} onClose={() => setAct(undefined)} />}
      {children}
    </ListPage>
  );
}

/** A button that takes back many files at once; it asks first. */
export function RevokeManyButton({ name, onPress }: { name: string; onPress: () => void }) {
  return (
    <Button variant="secondary" isDanger onClick={onPress}>
      {name}
    </Button>
  );
}

const NAMED = 4;

function namesOf(environments: Kubeconfig['environments']): string {
  const named = environments.slice(0, NAMED).map(({ name }) => name);
  const more = environments.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ') || 'none any more';
}

function LastUse({ lastUsedAt, lastUsedFrom, lastUsedBy }: Kubeconfig) {
  if (!lastUsedAt) return <span className="sp-soft">never</span>;
  return (
    <>
      <TimeText time={lastUsedAt} />
      <div className="sp-soft sp-client" title={lastUsedBy ?? undefined}>
        {[lastUsedFrom, lastUsedBy?.split(' ', 1)[0]].filter(Boolean).join(' · ')}
      </div>
    </>
  );
}
