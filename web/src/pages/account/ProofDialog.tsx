import { useState } from 'react';
import type { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { TextField } from '../../components/TextField.tsx';
import { CodeField } from '../../panels/second-factor/CodeField.tsx';

interface ProofDialogProps {
  readonly title: string;
  readonly lead: string;
  readonly submit: string;
  /** What takes the password and the code. */
  readonly act: Pick<
    ReturnType<typeof useDialogAct<'secondFactor.renewCodes' | 'secondFactor.off'>>,
    'dialog' | 'error' | 'send'
  >;
}

/** Asks for the password and a code before something is done with the second factor. */
export function ProofDialog({ title, lead, submit, act }: ProofDialogProps) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <FormDialog
      title={title}
      lead={lead}
      submit={submit}
      isDisabled={password === '' || code === ''}
      onSubmit={() => act.send({ body: { password, code } })}
      {...act.dialog}
    >
      <TextField
        id="proof-password"
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
        autoFocus
      />
      <CodeField id="proof-code" value={code} onChange={setCode} error={act.error} />
    </FormDialog>
  );
}
