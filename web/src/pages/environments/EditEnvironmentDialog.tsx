import type { Environment } from '@sallyport/contract';
import { useState } from 'react';
import { answerOf, rowsOf } from '../../app/foresee.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { formatLabels, parseLabels } from '../../lib/labels.ts';
import { type About, AboutFields } from './AboutFields.tsx';

interface EditEnvironmentDialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** Renames, labels, or changes who writes the bindings. */
export function EditEnvironmentDialog({ environment, onClose }: EditEnvironmentDialogProps) {
  const [about, setAbout] = useState<About>({
    name: environment.name,
    labels: formatLabels(environment.labels),
    rbac: environment.rbac,
  });
  const update = useDialogAct('environments.update', {
    stale: ['environments.', 'grants.', 'kubeconfigs.'],
    // Who writes the bindings decides who may enter: that is shown once it is so.
    foresee:
      about.rbac === environment.rbac
        ? ({ body: { name = environment.name, labels = environment.labels } }) => {
            const changed = (before: Environment) =>
              before.id === environment.id ? { ...before, name, labels } : before;
            return [rowsOf('environments.list', changed), answerOf('environments.get', changed)];
          }
        : undefined,
    done: ({ name }) => `${name} is changed.`,
    onClose,
  });
  const [labelsError, setLabelsError] = useState<string>();

  function send() {
    const labels = parseLabels(about.labels);
    setLabelsError(typeof labels === 'string' ? labels : undefined);
    if (typeof labels === 'string') return;
    update.send({
      params: { id: environment.id },
      body: {
        name: about.name,
        labels,
        ...(about.rbac === environment.rbac ? {} : { rbac: about.rbac }),
      },
    });
  }

  return (
    <FormDialog
      title={`Edit ${environment.name}`}
      lead="A new name appears in kubeconfigs made from now on; earlier files keep working as they are."
      submit="Save"
      {...update.dialog}
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
