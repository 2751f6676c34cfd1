import type { KubeconfigRevocation } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { useNow } from '../../components/use-now.ts';
import { consequencesInWords, consequencesOf, counted } from '../../lib/kubeconfigs.ts';

interface RevokeManyDialogProps {
  readonly title: string;
  readonly which: KubeconfigRevocation;
  readonly onClose: () => void;
}

/** As many as one page of the API holds; what is said of use goes by these. */
const LOOKED_AT = 1000;

/** Asks before many files are made useless, and says what stops working. */
export function RevokeManyDialog({ title, which, onClose }: RevokeManyDialogProps) {
  const revoke = useDialogAct('kubeconfigs.revokeMany', {
    stale: ['kubeconfigs.'],
    done: ({ revoked }) => `${counted(revoked, 'kubeconfig')} revoked.`,
    onClose,
  });
  const { data, error } = useRoute('kubeconfigs.list', {
    query: { ...which, state: 'active', limit: LOOKED_AT },
  });
  const found = consequencesOf(data?.items ?? [], useNow());
  return (
    <ConfirmDialog
      title={title}
      act={data ? `Revoke ${counted(data.total, 'kubeconfig')}` : 'Revoke'}
      {...revoke.dialog}
      error={revoke.error ?? error}
      isBusy={revoke.isBusy || (!data && !error)}
      onConfirm={() => revoke.send({ body: which })}
    >
      {data?.total === 0 && <p>There is none that still works.</p>}
      {data && data.total > 0 && (
        <p>
          {consequencesInWords(data.total, found)}, {data.total === 1 ? 'stops' : 'stop'} working.{' '}
          {found.recent === 0
            ? 'None of them was used within the last day.'
            : `${found.recent} of them ${found.recent === 1 ? 'was' : 'were'} used within the last day:`}
        </p>
      )}
      {found.latest.length > 0 && (
        <ul className="sp-kubeconfig-uses">
          {found.latest.map(({ id, name, username, lastUsedAt, lastUsedFrom }) => (
            <li key={id}>
              <b>{name}</b> of {username}, <TimeText time={lastUsedAt ?? ''} />
              {lastUsedFrom && <> from {lastUsedFrom}</>}
            </li>
          ))}
        </ul>
      )}
      <p>
        Whatever uses them is refused from the next request on, and what they have open now is
        ended. This cannot be taken back; new files can be made at any time.
      </p>
    </ConfirmDialog>
  );
}
