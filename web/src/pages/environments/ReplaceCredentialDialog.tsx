import type { Environment } from '@sallyport/contract';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { SourceFields } from './SourceFields.tsx';
import { EMPTY_SOURCE, isComplete, type Source, sourceBody } from './source.ts';

interface ReplaceCredentialDialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** Gives Sallyport another way into a cluster: a rotated token, a moved API server. */
export function ReplaceCredentialDialog({ environment, onClose }: ReplaceCredentialDialogProps) {
  const update = useAct('environments.update', ['environments.']);
  const notify = useNotify();
  const [source, setSource] = useState<Source>(EMPTY_SOURCE);
  return (
    <FormDialog
      title={`Replace the credential of ${environment.name}`}
      lead="It is tried first; the one in use stays where the new one does not work."
      submit={update.isPending ? 'Connecting…' : 'Replace'}
      isBusy={update.isPending}
      isDisabled={!isComplete(source)}
      error={update.error}
      onClose={onClose}
      onSubmit={() =>
        update.mutate(
          { params: { id: environment.id }, body: sourceBody(source) },
          {
            onSuccess: ({ name }) => {
              notify(`The credential of ${name} is replaced.`);
              onClose();
            },
          },
        )
      }
    >
      <SourceFields source={source} onChange={setSource} error={update.error} />
    </FormDialog>
  );
}
