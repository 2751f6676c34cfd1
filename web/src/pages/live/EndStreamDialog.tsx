import type { Stream } from '@sallyport/contract';
import { rowsOf } from '../../app/foresee.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { streamInWords } from '../../lib/live.ts';

/** Asks before somebody's work is cut off. */
export function EndStreamDialog({ stream, onClose }: { stream: Stream; onClose: () => void }) {
  const words = streamInWords(stream);
  const end = useDialogAct('streams.end', {
    stale: ['streams.'],
    foresee: () => [rowsOf('streams.list', (row) => (row.id === stream.id ? undefined : row))],
    done: () => `“${words}” of ${stream.username} is ended.`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`End “${words}”?`}
      act="End it"
      {...end.dialog}
      onConfirm={() => end.send({ params: { id: stream.id } })}
    >
      <p>
        It ends at once, and where its protocol lets, {stream.username} is told that you ended it.
        They may start it again: to keep them out, revoke the kubeconfig or end the grant.
      </p>
    </ConfirmDialog>
  );
}
