import type { Grant } from '@sallyport/contract';
import { rowsOf } from '../../app/foresee.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { scopeInWords } from '../../lib/access.ts';
import { placeInWords } from '../../lib/grants.ts';

/** Asks before somebody loses access. */
export function EndGrantDialog({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const end = useDialogAct('grants.delete', {
    stale: ['grants.', 'environments.', 'access.'],
    foresee: () => [rowsOf('grants.list', (row) => (row.id === grant.id ? undefined : row))],
    done: () => 'The grant has ended.',
    onClose,
  });
  return (
    <ConfirmDialog
      title="End this grant?"
      act="End grant"
      {...end.dialog}
      onConfirm={() => end.send({ params: { id: grant.id } })}
    >
      <p>
        <b>{grant.subject}</b> loses <b>{grant.role}</b>{' '}
        {scopeInWords(grant.namespaces, grant.namespaceSelector)} in {placeInWords(grant)}, from the
        next request on. Their kubeconfigs stay good for what they may do otherwise.
      </p>
    </ConfirmDialog>
  );
}
