import {
  Button,
  Form,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
} from '@patternfly/react-core';
import { DEFAULT_OVERLAP, type Kubeconfig } from '@sallyport/contract';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useAct } from '../../app/client.ts';
import { publicSettingsQuery } from '../../app/session.ts';
import { Field } from '../../components/Field.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { policyOf } from '../../lib/expiry.ts';
import { OVERLAPS, overlapInWords } from '../../lib/overlap.ts';
import { DoneStep } from '../home/dialog/DoneStep.tsx';
import { type SavedFile, saveKubeconfig } from '../home/dialog/download.ts';
import { ExpiryField } from '../home/dialog/ExpiryField.tsx';

interface RenewDialogProps {
  readonly kubeconfig: Kubeconfig;
  readonly onClose: () => void;
}

/** A new file in place of an old one, which stays good for a while so that nothing breaks. */
export function RenewDialog({ kubeconfig, onClose }: RenewDialogProps) {
  const id = useId();
  const [saved, setSaved] = useState<SavedFile>();
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby={id}>
      <ModalHeader
        title={saved ? 'Your kubeconfig is saved' : `Renew ${kubeconfig.name}`}
        labelId={id}
        description={
          saved
            ? undefined
            : 'A new file with the same name and environments, as far as you may still enter them.'
        }
      />
      {saved ? (
        <DoneStep saved={saved} onClose={onClose} />
      ) : (
        <RenewStep kubeconfig={kubeconfig} onSaved={setSaved} onClose={onClose} />
      )}
    </Modal>
  );
}

interface RenewStepProps extends RenewDialogProps {
  readonly onSaved: (saved: SavedFile) => void;
}

function RenewStep({ kubeconfig, onSaved, onClose }: RenewStepProps) {
  const formId = useId();
  const settings = useQuery({ ...publicSettingsQuery, staleTime: 0 });
  const renew = useAct('kubeconfigs.renew', { stale: ['kubeconfigs.'] });
  const [overlap, setOverlap] = useState<string>(DEFAULT_OVERLAP);
  const [expiresIn, setExpiresIn] = useState<string>();
  const isLive = kubeconfig.state === 'active';

  async function download() {
    try {
      const response = await renew.mutateAsync({
        params: { id: kubeconfig.id },
        body: { overlap, ...(expiresIn ? { expiresIn } : {}) },
      });
      onSaved(await saveKubeconfig(response));
    } catch {
      // The mutation holds what went wrong, and it is shown above the fields.
    }
  }

  return (
    <>
      <ModalBody>
        <Form
          id={formId}
          onSubmit={(event) => {
            event.preventDefault();
            if (!renew.isPending) void download();
          }}
        >
          <ProblemNote error={renew.error ?? settings.error} />
          <ExpiryField
            policy={settings.data && policyOf(settings.data)}
            value={expiresIn}
            onChange={setExpiresIn}
          />
          {isLive && (
            <Field
              id="kubeconfig-overlap"
              label="The old file stays good"
              help={
                <span role="status">
                  {overlapInWords(overlap, kubeconfig.expiresAt, new Date())}
                </span>
              }
            >
              {(control) => (
                <FormSelect {...control} value={overlap} onChange={(_, next) => setOverlap(next)}>
                  {OVERLAPS.map((choice) => (
                    <FormSelectOption key={choice.value} {...choice} />
                  ))}
                </FormSelect>
              )}
            </Field>
          )}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form={formId}
          isLoading={renew.isPending}
          isDisabled={renew.isPending}
        >
          Download File
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </>
  );
}
