import type { Kubeconfig } from '@sallyport/contract';
import { useAct } from '../../app/client.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';

/** Asks before a file is made useless for good. */
export function RevokeDialog({
  kubeconfig,
  onClose,
}: {
  kubeconfig: Kubeconfig;
  onClose: () => void;
}) {
  const revoke = useAct('kubeconfigs.revoke', ['kubeconfigs.']);
  const notify = useNotify();
  return (
    <ConfirmDialog
      title={`Revoke ${kubeconfig.name}?`}
      act="Revoke"
      isBusy={revoke.isPending}
      error={revoke.error}
      onClose={onClose}
      onConfirm={() =>
        revoke.mutate(
          { params: { id: kubeconfig.id } },
          {
            onSuccess: () => {
              notify(`${kubeconfig.name} is revoked.`);
              onClose();
            },
          },
        )
      }
    >
      <p>
        Whatever uses this file is refused from the next request on, and what it has open now is
        ended. This cannot be taken back; a new file can be made at any time.
      </p>
    </ConfirmDialog>
  );
}
