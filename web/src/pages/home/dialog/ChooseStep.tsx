import { Button, Form, ModalBody, ModalFooter } from '@patternfly/react-core';
import type { Environment, ExpiryPolicy } from '@sallyport/contract';
import { useId, useState } from 'react';
import { useAct } from '../../../app/client.ts';
import { useEnvironmentPick } from '../../../app/use-environment-pick.ts';
import { ProblemNote } from '../../../components/ProblemNote.tsx';
import { PickMany, type PickPage } from '../../../components/pick/PickMany.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { accessInWords } from '../../../lib/access.ts';
import { NOTHING_PICKED, type Picked } from '../../../lib/picked.ts';
import { fieldError } from '../../../lib/problems.ts';
import { ContextField } from './ContextField.tsx';
import { type SavedFile, saveKubeconfig } from './download.ts';
import { ExpiryField } from './ExpiryField.tsx';

interface ChooseStepProps {
  readonly expiry: ExpiryPolicy | undefined;
  readonly onSaved: (saved: SavedFile) => void;
  readonly onClose: () => void;
}

/** The fields of the dialog. Nothing is made before *Download File*. */
export function ChooseStep(props: ChooseStepProps) {
  const { expiry, onSaved, onClose } = props;
  const formId = useId();
  const create = useAct('kubeconfigs.create', { stale: ['kubeconfigs.'] });
  const [ticked, setTicked] = useState<Picked>();
  const [expiresIn, setExpiresIn] = useState<string>();
  const [name, setName] = useState('');
  const [currentId, setCurrentId] = useState<number>();

  const { list, error, refetch } = useEnvironmentPick(
    'accessible',
    ticked ?? NOTHING_PICKED,
    setTicked,
  );
  const picked = ticked ?? onlyOne(list);
  const [first] = picked.keys();
  const current = currentId !== undefined && picked.has(currentId) ? currentId : first;

  async function download() {
    try {
      const response = await create.mutateAsync({
        body: {
          environmentIds: [...picked.keys()],
          ...(name.trim() ? { name: name.trim() } : {}),
          ...(expiresIn && expiresIn !== expiry?.default ? { expiresIn } : {}),
          ...(current === undefined ? {} : { currentEnvironmentId: current }),
        },
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
            if (picked.size > 0 && !create.isPending) void download();
          }}
        >
          <ProblemNote error={create.error} />
          <ProblemNote error={error} title="The environments could not be read" onRetry={refetch} />
          <div className="sp-columns">
            <PickMany
              noun="environments"
              list={list}
              picked={picked}
              onChange={setTicked}
              describe={describe}
              autoFocus
            />
            <div className="sp-columns__side">
              <ExpiryField policy={expiry} value={expiresIn} onChange={setExpiresIn} />
              <ContextField environments={picked} current={current} onChange={setCurrentId} />
              <TextField
                id="kubeconfig-name"
                label="Name (optional)"
                value={name}
                onChange={setName}
                error={fieldError(create.error, 'name')}
                help="To find it again under My kubeconfigs."
              />
            </div>
          </div>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form={formId}
          isLoading={create.isPending}
          isDisabled={picked.size === 0 || create.isPending}
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

function onlyOne({ items, all }: PickPage<Environment>): Picked {
  const [first] = items ?? [];
  return first && all === 1 ? new Map([[first.id, first.name]]) : NOTHING_PICKED;
}

function describe({ access, state }: Environment): string {
  return state === 'down' ? `${accessInWords(access)} · down just now` : accessInWords(access);
}
