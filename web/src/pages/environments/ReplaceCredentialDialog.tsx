import type { Environment } from '@sallyport/contract';
import { useState } from 'react';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { SourceFields } from './SourceFields.tsx';
import { EMPTY_SOURCE, isComplete, type Source, sourceBody } from './source.ts';

interface ReplaceCredentialDialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** Gives Sallyport another way into a cluster: a rotated token, a moved API server. */
export function ReplaceCredentialDialog({ environment, onClose }: ReplaceCredentialDialogProps) {
  const update = useDialogAct('environments.update', {
    stale: ['environments.'],
    done: ({ name }) => `The credential of ${name} is replaced.`,
    onClose,
  });
  const [source, setSource] = useState<Source>(EMPTY_SOURCE);
  return (
    <FormDialog
      title={`Replace the credential of ${environment.name}`}
      lead="It is tried first; the one in use stays where the new one does not work."
      submit={update.isBusy ? 'Connecting…' : 'Replace'}
      isDisabled={!isComplete(source)}
      {...update.dialog}
      onSubmit={() => update.send({ params: { id: environment.id }, body: sourceBody(source) })}
    >
      <SourceFields
        source={source}
        onChange={setSource}
        error={update.error}
        rbac={environment.rbac}
      />
    </FormDialog>
  );
}
