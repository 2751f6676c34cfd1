import { Modal, ModalHeader } from '@patternfly/react-core';
import { useId, useState } from 'react';
import { useAct } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { parseLabels } from '../../lib/labels.ts';
import { type About, AboutFields } from './AboutFields.tsx';
import { AddedStep } from './AddedStep.tsx';
import { SourceFields } from './SourceFields.tsx';
import { createBody, EMPTY_SOURCE, isComplete, proposedName, type Source } from './source.ts';

/** Registers a cluster; then says what its check found and offers the first grant. */
export function AddEnvironmentDialog({ onClose }: { onClose: () => void }) {
  const titleId = useId();
  const create = useAct('environments.create', ['environments.']);
  const [source, setSource] = useState<Source>(EMPTY_SOURCE);
  const [about, setAbout] = useState<About>({ name: '', labels: '', rbac: 'managed' });
  const [labelsError, setLabelsError] = useState<string>();

  function changeSource(next: Source) {
    // A name is proposed as long as the person has not chosen one.
    if (about.name === proposedName(source)) setAbout({ ...about, name: proposedName(next) });
    setSource(next);
  }

  function send() {
    const labels = parseLabels(about.labels);
    setLabelsError(typeof labels === 'string' ? labels : undefined);
    if (typeof labels === 'string') return;
    create.mutate({ body: createBody(source, { name: about.name, labels, rbac: about.rbac }) });
  }

  if (create.data) {
    return (
      <Modal isOpen variant="small" onClose={onClose} aria-labelledby={titleId}>
        <ModalHeader title={`${create.data.name} is added`} labelId={titleId} />
        <AddedStep environment={create.data} onClose={onClose} />
      </Modal>
    );
  }
  return (
    <FormDialog
      title="Add an environment"
      lead="Sallyport connects to the cluster at once and says what it finds."
      submit={create.isPending ? 'Connecting…' : 'Add environment'}
      isBusy={create.isPending}
      isDisabled={!isComplete(source) || about.name.trim() === ''}
      error={create.error}
      onClose={onClose}
      onSubmit={send}
    >
      <SourceFields source={source} onChange={changeSource} error={create.error} />
      <AboutFields
        about={about}
        onChange={setAbout}
        labelsError={labelsError}
        error={create.error}
      />
    </FormDialog>
  );
}
