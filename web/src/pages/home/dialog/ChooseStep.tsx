import { Button, Form, ModalBody, ModalFooter } from '@patternfly/react-core';
import type { Environment, ExpiryPolicy } from '@sallyport/contract';
import { useId, useState } from 'react';
import { useAct } from '../../../app/client.ts';
import { ProblemNote } from '../../../components/ProblemNote.tsx';
import { PickMany } from '../../../components/pick/PickMany.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { accessInWords } from '../../../lib/access.ts';
import { fieldError } from '../../../lib/problems.ts';
import { NOTHING, type Selection, selectedOf } from '../../../lib/selection.ts';
import { ContextField } from './ContextField.tsx';
import { type SavedFile, saveKubeconfig } from './download.ts';
import { ExpiryField } from './ExpiryField.tsx';

interface ChooseStepProps {
  readonly environments: Environment[] | undefined;
  readonly readError: unknown;
  readonly expiry: ExpiryPolicy | undefined;
  readonly onSaved: (saved: SavedFile) => void;
  readonly onClose: () => void;
}

/** The fields of the dialog. Nothing is made before *Download File*. */
export function ChooseStep(props: ChooseStepProps) {
  const { environments, readError, expiry, onSaved, onClose } = props;
  const formId = useId();
  const create = useAct('kubeconfigs.create', ['kubeconfigs.']);
  const [ticked, setTicked] = useState<Selection>();
  const [expiresIn, setExpiresIn] = useState<string>();
  const [name, setName] = useState('');
  const [currentId, setCurrentId] = useState<number>();

  const selection = ticked ?? onlyOne(environments);
  const selected = selectedOf(selection, environments ?? []);
  const current = selected.find(({ id }) => id === currentId) ?? selected[0];

  async function download() {
    try {
      const response = await create.mutateAsync({
        body: {
          environmentIds: selected.map(({ id }) => id),
          ...(name.trim() ? { name: name.trim() } : {}),
          ...(expiresIn && expiresIn !== expiry?.default ? { expiresIn } : {}),
          ...(current ? { currentEnvironmentId: current.id } : {}),
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
            if (selected.length > 0 && !create.isPending) void download();
          }}
        >
          <ProblemNote error={create.error ?? readError} />
          <div className="sp-columns">
            <PickMany
              noun="environments"
              items={environments}
              selection={selection}
              onChange={setTicked}
              describe={describe}
              autoFocus
            />
            <div className="sp-columns__side">
              <ExpiryField policy={expiry} value={expiresIn} onChange={setExpiresIn} />
              <ContextField environments={selected} current={current} onChange={setCurrentId} />
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
          isDisabled={selected.length === 0 || create.isPending}
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

function onlyOne(environments: Environment[] | undefined): Selection {
  const [first, ...others] = environments ?? [];
  return first && others.length === 0 ? new Set([first.id]) : NOTHING;
}

function describe({ access, state }: Environment): string {
  return state === 'down' ? `${accessInWords(access)} · down just now` : accessInWords(access);
}
