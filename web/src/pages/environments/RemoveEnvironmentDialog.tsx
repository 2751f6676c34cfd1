import type { Environment, EnvironmentConsequences } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';

interface RemoveEnvironmentDialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
  /** Called besides, once it is removed. */
  readonly onRemoved?: () => void;
}

/** Asks before a cluster is taken out of Sallyport, and says what goes with it. */
export function RemoveEnvironmentDialog(props: RemoveEnvironmentDialogProps) {
  const { environment, onClose, onRemoved } = props;
  const remove = useDialogAct('environments.delete', {
    stale: ['environments.', 'grants.', 'kubeconfigs.'],
    done: () => `${environment.name} is removed.`,
    onClose,
    onDone: onRemoved,
  });
  const { data } = useRoute('environments.consequences', { params: { id: environment.id } });
  const streams = useRoute('streams.list', { query: { environmentId: environment.id, limit: 1 } });
  return (
    <ConfirmDialog
      title={`Remove ${environment.name}?`}
      act="Remove"
      {...remove.dialog}
      onConfirm={() => remove.send({ params: { id: environment.id } })}
    >
      <p>{data ? consequencesInWords(data) : 'Its grants end.'}</p>
      <p>
        {streamsInWords(streams.data?.total)}, and what Sallyport made in the cluster is taken away.
        The cluster itself and what runs in it stay as they are.
      </p>
    </ConfirmDialog>
  );
}

function consequencesInWords({ grants, people, kubeconfigs }: EnvironmentConsequences): string {
  const parts = [
    grants === 0
      ? 'No grant is for it'
      : grants === 1
        ? `Its one grant ends for it, and ${countOf(people, 'person', 'people')} can enter no more`
        : `Its ${grants} grants end for it, and ${countOf(people, 'person', 'people')} can enter no more`,
    kubeconfigs === 0
      ? 'no kubeconfig names it'
      : `${countOf(kubeconfigs, 'kubeconfig', 'kubeconfigs')} that ${kubeconfigs === 1 ? 'names' : 'name'} it ${kubeconfigs === 1 ? 'keeps' : 'keep'} working for other environments`,
  ];
  return `${parts.join('; ')}.`;
}

function streamsInWords(count: number | undefined): string {
  if (count === 0) return 'Nothing is open to it now';
  if (count === undefined) return 'Open streams are ended';
  return count === 1 ? 'The one open stream is ended' : `${count} open streams are ended`;
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
