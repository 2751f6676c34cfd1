import type { Grant } from '@sallyport/contract';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { scopeInWords } from '../../lib/access.ts';

/** Asks before somebody loses access. */
export function EndGrantDialog({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const end = useDialogAct('grants.delete', {
    stale: ['grants.', 'environments.'],
    done: () => 'The grant has ended.',
    onClose,
  });
  const count = grant.environmentIds.length;
  return (
    <ConfirmDialog
      title="End this grant?"
      act="End grant"
      {...end.dialog}
      onConfirm={() => end.send({ params: { id: grant.id } })}
    >
      <p>
        <b>{grant.subject}</b> loses <b>{grant.role}</b> {scopeInWords(grant.namespaces)} in{' '}
        {count === 1 ? 'one environment' : `${count} environments`}, from the next request on. Their
        kubeconfigs stay good for what they may do otherwise.
      </p>
    </ConfirmDialog>
  );
}
