import type { Grant } from '@sallyport/contract';
import { useState } from 'react';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { TextField } from '../../components/TextField.tsx';
import { localOf } from '../../lib/audit.ts';
import { fieldError } from '../../lib/problems.ts';
import { UntilField } from './UntilField.tsx';

/** Changes when a grant ends and why it is there. */
export function EditGrantDialog({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const before = localOf(grant.expiresAt ?? undefined);
  const [until, setUntil] = useState(before);
  const [note, setNote] = useState(grant.note);
  const update = useDialogAct('grants.update', {
    stale: ['grants.', 'environments.', 'access.'],
    done: () => 'The grant is changed.',
    onClose,
  });
  return (
    <FormDialog
      title="Edit grant"
      lead={`${grant.role} to ${grant.teamId === null ? grant.subject : `team ${grant.subject}`}. For another role or place make another grant.`}
      submit="Save"
      isDisabled={until === before && note === grant.note}
      {...update.dialog}
      onSubmit={() =>
        update.send({
          params: { id: grant.id },
          body: {
            note,
            // The field knows minutes only, so what was not touched stays as exact as it is.
            ...(until === before
              ? {}
              : { expiresAt: until ? new Date(until).toISOString() : null }),
          },
        })
      }
    >
      <UntilField until={until} onChange={setUntil} error={fieldError(update.error, 'expiresAt')} />
      <TextField
        id="grant-note"
        label="Note (optional)"
        value={note}
        onChange={setNote}
        error={fieldError(update.error, 'note')}
        help="Why they have it, for those who read the list later."
      />
    </FormDialog>
  );
}
