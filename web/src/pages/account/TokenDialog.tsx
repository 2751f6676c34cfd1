import {
  Button,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
} from '@patternfly/react-core';
import { parseDuration } from '@sallyport/contract';
import { useId, useState } from 'react';
import { useAct } from '../../app/client.ts';
import { CopyLine } from '../../components/CopyLine.tsx';
import { Field } from '../../components/Field.tsx';
import { FormDialog } from '../../components/FormDialog.tsx';
import { TextField } from '../../components/TextField.tsx';
import { COMMON_EXPIRIES, expiryLabel } from '../../lib/expiry.ts';
import { fieldError } from '../../lib/problems.ts';

/** Makes an API token and shows it, once. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  const create = useAct('tokens.create', { stale: ['tokens.'] });
  const [name, setName] = useState('');
  const [expiry, setExpiry] = useState<string>('720h');

  if (create.data) return <TokenShown token={create.data.token} onClose={onClose} />;
  return (
    <FormDialog
      title="Make an API token"
      submit="Make token"
      isBusy={create.isPending}
      error={create.error}
      onClose={onClose}
      onSubmit={() => create.mutate({ body: { name, expiresAt: endOf(expiry) } })}
    >
      <TextField
        id="token-name"
        label="Name"
        value={name}
        onChange={setName}
        error={fieldError(create.error, 'name')}
        help="What will use it."
        isRequired
        autoFocus
      />
      <Field id="token-expiry" label="Expiry">
        {(control) => (
          <FormSelect {...control} value={expiry} onChange={(_, next) => setExpiry(next)}>
            {COMMON_EXPIRIES.map((choice) => (
              <FormSelectOption key={choice} value={choice} label={expiryLabel(choice)} />
            ))}
          </FormSelect>
        )}
      </Field>
    </FormDialog>
  );
}

function endOf(expiry: string): string | null {
  const ms = parseDuration(expiry);
  return ms ? new Date(Date.now() + ms).toISOString() : null;
}

function TokenShown({ token, onClose }: { token: string; onClose: () => void }) {
  const id = useId();
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby={id}>
      <ModalHeader title="Your new token" labelId={id} description="It is shown this once." />
      <ModalBody>
        <CopyLine label="Send it as Authorization: Bearer …" line={token} />
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Done</Button>
      </ModalFooter>
    </Modal>
  );
}
