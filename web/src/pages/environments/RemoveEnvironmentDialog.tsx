import type { Environment } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';

interface RemoveEnvironmentDialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** Asks before a cluster is taken out of Sallyport, and says what goes with it. */
export function RemoveEnvironmentDialog({ environment, onClose }: RemoveEnvironmentDialogProps) {
  const remove = useDialogAct('environments.delete', {
    stale: ['environments.', 'grants.', 'kubeconfigs.'],
    done: () => `${environment.name} is removed.`,
    onClose,
  });
  const grants = useRoute('grants.list', { query: { environmentId: environment.id, limit: 1 } });
  return (
    <ConfirmDialog
      title={`Remove ${environment.name}?`}
      act="Remove"
      {...remove.dialog}
      onConfirm={() => remove.send({ params: { id: environment.id } })}
    >
      <p>
        {grants.data ? grantsInWords(grants.data.total) : 'Its grants end'}, open connections are
        ended, and what Sallyport made in the cluster is taken away. The cluster itself and what
        runs in it stay as they are.
      </p>
      <p>Kubeconfigs that name it keep working for their other environments.</p>
    </ConfirmDialog>
  );
}

function grantsInWords(count: number): string {
  if (count === 0) return 'No grant is for it';
  return count === 1 ? 'Its one grant ends' : `Its ${count} grants end`;
}
