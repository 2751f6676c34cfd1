import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';

interface EndGrantsDialogProps {
  readonly ids: number[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before several grants end. */
export function EndGrantsDialog({ ids, onClose, onDone }: EndGrantsDialogProps) {
  const end = useDialogAct('grants.end', {
    stale: ['grants.', 'environments.', 'access.'],
    done: ({ ended, missing }) =>
      missing.length === 0
        ? `${countOf(ended.length)} ended.`
        : `${countOf(ended.length)} ended; ${missing.length} had ended before.`,
    onClose: () => {
      onDone();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`End ${countOf(ids.length)}?`}
      act="End them"
      {...end.dialog}
      onClose={onClose}
      onConfirm={() => end.send({ body: { ids } })}
    >
      <p>
        They give nothing from the next request on, and what is open by them is ended. This cannot
        be taken back; each would have to be granted again.
      </p>
    </ConfirmDialog>
  );
}

function countOf(count: number): string {
  return count === 1 ? '1 grant' : `${count} grants`;
}
