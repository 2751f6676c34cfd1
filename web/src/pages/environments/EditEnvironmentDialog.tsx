import type { Environment } from '@sallyport/contract';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { formatLabels, parseLabels } from '../../lib/labels.ts';
import { type About, AboutFields } from './AboutFields.tsx';

interface EditEnvironmentDialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** Renames, labels, or changes who writes the bindings. */
export function EditEnvironmentDialog({ environment, onClose }: EditEnvironmentDialogProps) {
  const update = useAct('environments.update', ['environments.', 'grants.', 'kubeconfigs.']);
  const notify = useNotify();
  const [about, setAbout] = useState<About>({
    name: environment.name,
    labels: formatLabels(environment.labels),
    rbac: environment.rbac,
  });
  const [labelsError, setLabelsError] = useState<string>();

  function send() {
    const labels = parseLabels(about.labels);
    setLabelsError(typeof labels === 'string' ? labels : undefined);
    if (typeof labels === 'string') return;
    update.mutate(
      {
        params: { id: environment.id },
        body: {
          name: about.name,
          labels,
          ...(about.rbac === environment.rbac ? {} : { rbac: about.rbac }),
        },
      },
      {
        onSuccess: ({ name }) => {
          notify(`${name} is changed.`);
          onClose();
        },
      },
    );
  }

  return (
    <FormDialog
      title={`Edit ${environment.name}`}
      lead="A new name appears in kubeconfigs made from now on; earlier files keep working as they are."
      submit="Save"
      isBusy={update.isPending}
      error={update.error}
      onClose={onClose}
      onSubmit={send}
    >
      <AboutFields
        about={about}
        onChange={setAbout}
        labelsError={labelsError}
        error={update.error}
      />
    </FormDialog>
  );
}
