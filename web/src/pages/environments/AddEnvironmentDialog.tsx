import { Modal, ModalHeader } from '@patternfly/react-core';
import { useId, useState } from 'react';
import { useAct, useRoute } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { type ContextPick, nameProblem, proposePicks } from '../../lib/contexts.ts';
import { kubeconfigHints } from '../../lib/kubeconfig-text.ts';
import { parseLabels } from '../../lib/labels.ts';
import { type About, AboutFields } from './AboutFields.tsx';
import { AddedStep } from './AddedStep.tsx';
import { ContextPicks } from './ContextPicks.tsx';
import { ManyStep } from './ManyStep.tsx';
import { SourceFields } from './SourceFields.tsx';
import {
  contextsOf,
  createBody,
  EMPTY_SOURCE,
  isComplete,
  proposedName,
  type Source,
} from './source.ts';
import { type Addition, useAddMany } from './use-add-many.ts';

/** Registers a cluster; then says what its check found and offers the first grant. */
export function AddEnvironmentDialog({ onClose }: { onClose: () => void }) {
  const titleId = useId();
  const create = useAct('environments.create', { stale: ['environments.'] });
  const [source, setSource] = useState<Source>(EMPTY_SOURCE);
  const [about, setAbout] = useState<About>({ name: '', labels: '', rbac: 'managed' });
  const [labelsError, setLabelsError] = useState<string>();
  const [picks, setPicks] = useState<readonly ContextPick[]>([]);
  const many = useAddMany();
  const registered = useRoute('environments.names');
  const taken = registered.data?.items.map(({ name }) => name) ?? [];
  const ticked = picks.filter(({ ticked: isTicked }) => isTicked);
  const several = picks.length > 1;
  const namesAreGood = several
    ? ticked.length > 0 && picks.every((pick) => !nameProblem(pick, picks, taken))
    : about.name.trim() !== '';

  function changeSource(next: Source) {
    // A name is proposed as long as the person has not chosen one.
    if (about.name === proposedName(source)) setAbout({ ...about, name: proposedName(next) });
    if (next.kubeconfig !== source.kubeconfig || next.kind !== source.kind) {
      const { currentContext } = kubeconfigHints(next.kubeconfig);
      setPicks(proposePicks(contextsOf(next), currentContext, taken));
    }
    setSource(next);
  }

  function send() {
    const labels = parseLabels(about.labels);
    setLabelsError(typeof labels === 'string' ? labels : undefined);
    if (typeof labels === 'string') return;
    if (several) {
      many.start(
        ticked.map(({ context, name }) =>
          createBody({ ...source, context }, { name, labels, rbac: about.rbac }),
        ),
      );
      return;
    }
    create.mutate({ body: createBody(source, { name: about.name, labels, rbac: about.rbac }) });
  }

  if (many.additions) {
    return (
      <Modal isOpen variant="small" onClose={onClose} aria-labelledby={titleId}>
        <ModalHeader title={addedInWords(many.additions)} labelId={titleId} />
        <ManyStep many={many} onClose={onClose} />
      </Modal>
    );
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
      submit={create.isPending ? 'Connecting…' : submitInWords(several ? ticked.length : 1)}
      isBusy={create.isPending}
      isDisabled={!isComplete(source) || !namesAreGood}
      error={create.error}
      onClose={onClose}
      onSubmit={send}
    >
      <SourceFields
        source={source}
        onChange={changeSource}
        error={create.error}
        rbac={about.rbac}
        several={several}
      />
      {several && <ContextPicks picks={picks} taken={taken} onChange={setPicks} />}
      <AboutFields
        about={about}
        onChange={setAbout}
        labelsError={labelsError}
        error={create.error}
        several={several}
      />
    </FormDialog>
  );
}

function submitInWords(count: number): string {
  return count < 2 ? 'Add environment' : `Add ${count} environments`;
}

function addedInWords(additions: readonly Addition[]): string {
  const added = additions.filter(({ state }) => state === 'added').length;
  return `${added} of ${additions.length} ${additions.length === 1 ? 'is' : 'are'} added`;
}
