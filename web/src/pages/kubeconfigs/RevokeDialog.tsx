import type { Kubeconfig } from '@sallyport/contract';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { UseInWords } from './UseInWords.tsx';

/** Asks before a file is made useless for good. */
export function RevokeDialog({
  kubeconfig,
  onClose,
}: {
  kubeconfig: Kubeconfig;
  onClose: () => void;
}) {
  const revoke = useDialogAct('kubeconfigs.revoke', {
    stale: ['kubeconfigs.'],
    done: () => `${kubeconfig.name} is revoked.`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`Revoke ${kubeconfig.name}?`}
      act="Revoke"
      {...revoke.dialog}
      onConfirm={() => revoke.send({ params: { id: kubeconfig.id } })}
    >
      <p>
        <UseInWords {...kubeconfig} />
      </p>
      <p>
        Whatever uses this file is refused from the next request on, and what it has open now is
        ended. This cannot be taken back; a new file can be made at any time.
      </p>
    </ConfirmDialog>
  );
}
