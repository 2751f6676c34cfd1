import type { Grant } from '@sallyport/contract';
import { useAct } from '../../app/client.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { scopeInWords } from '../../lib/access.ts';

/** Asks before somebody loses access. */
export function EndGrantDialog({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const end = useAct('grants.delete', ['grants.', 'environments.']);
  const notify = useNotify();
  const count = grant.environmentIds.length;
  return (
    <ConfirmDialog
      title="End this grant?"
      act="End grant"
      isBusy={end.isPending}
      error={end.error}
      onClose={onClose}
      onConfirm={() =>
        end.mutate(
          { params: { id: grant.id } },
          {
            onSuccess: () => {
              notify('The grant has ended.');
              onClose();
            },
          },
        )
      }
    >
      <p>
        <b>{grant.subject}</b> loses <b>{grant.role}</b> {scopeInWords(grant.namespaces)} in{' '}
        {count === 1 ? 'one environment' : `${count} environments`}, from the next request on. Their
        kubeconfigs stay good for what they may do otherwise.
      </p>
    </ConfirmDialog>
  );
}
