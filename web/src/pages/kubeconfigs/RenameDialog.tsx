import type { Kubeconfig } from '@sallyport/contract';
import { useState } from 'react';
import { rowsOf } from '../../app/foresee.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';

interface RenameDialogProps {
  readonly kubeconfig: Kubeconfig;
  readonly onClose: () => void;
}

/** Gives a file another name in the list. */
export function RenameDialog({ kubeconfig: { id, name: before }, onClose }: RenameDialogProps) {
  const rename = useDialogAct('kubeconfigs.update', {
    stale: ['kubeconfigs.'],
    foresee: ({ body }) => [
      rowsOf('kubeconfigs.list', (row) => (row.id === id ? { ...row, name: body.name } : row)),
    ],
    done: ({ name }) => `${before} is called ${name} now.`,
    onClose,
  });
  const [name, setName] = useState(before);
  return (
    <FormDialog
      title={`Rename ${before}`}
      lead="The name stands in this list alone. The file and whatever uses it stay as they are."
      submit="Rename"
      {...rename.dialog}
      onSubmit={() => rename.send({ params: { id }, body: { name } })}
    >
      <TextField
        id="kubeconfig-new-name"
        label="Name"
        value={name}
        onChange={setName}
        error={fieldError(rename.error, 'name')}
        isRequired
        autoFocus
      />
    </FormDialog>
  );
}
