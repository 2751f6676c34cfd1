import { Button, Form } from '@patternfly/react-core';
import type { CallOutput } from '@sallyport/contract';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { CopyLine } from '../../components/CopyLine.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { CodeField } from './CodeField.tsx';
import { QrCode } from './QrCode.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';

interface SetUpProps {
  /** Called once it is on and the recovery codes have been seen. */
  readonly onDone: () => void;
  /** Absent where there is no way back. */
  readonly onCancel?: () => void;
}

/** Sets a second factor up: the password, then the app, then the recovery codes. */
export function SetUp({ onDone, onCancel }: SetUpProps) {
  const [secret, setSecret] = useState<CallOutput<'secondFactor.begin'>>();
  const [codes, setCodes] = useState<readonly string[]>();
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  const cancel = onCancel && (
    <Button variant="link" onClick={onCancel}>
      Cancel
    </Button>
  );
  return secret ? (
    <AppStep {...secret} onConfirmed={setCodes}>
      {cancel}
    </AppStep>
  ) : (
    <PasswordStep onBegun={setSecret}>{cancel}</PasswordStep>
  );
}

interface PasswordStepProps {
  readonly onBegun: (secret: CallOutput<'secondFactor.begin'>) => void;
  readonly children: React.ReactNode;
}

function PasswordStep({ onBegun, children }: PasswordStepProps) {
  const begin = useAct('secondFactor.begin');
  const [password, setPassword] = useState('');
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate(
          { body: { password } },
          { onSuccess: onBegun, onError: () => setPassword('') },
        );
      }}
    >
      <ProblemNote error={begin.error} />
      <TextField
        id="second-factor-password"
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        help="Once more, so that nobody binds your account to their phone at a page left open."
        isRequired
        autoFocus
      />
      <div className="sp-row">
        <Button type="submit" isLoading={begin.isPending} isDisabled={begin.isPending}>
          Continue
        </Button>
        {children}
      </div>
    </Form>
  );
}

interface AppStepProps {
  readonly secret: string;
  readonly uri: string;
  readonly onConfirmed: (codes: readonly string[]) => void;
  readonly children: React.ReactNode;
}

function AppStep({ secret, uri, onConfirmed, children }: AppStepProps) {
  // What it changes is read anew once the codes have been seen: nothing may take them away before.
  const confirm = useAct('secondFactor.confirm');
  const [code, setCode] = useState('');
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate(
          { body: { code } },
          {
            onSuccess: ({ recoveryCodes }) => onConfirmed(recoveryCodes),
            onError: () => setCode(''),
          },
        );
      }}
    >
      <p>Scan this with an authenticator app on your phone, then give the code that it shows.</p>
      <div>
        <QrCode text={uri} label="QR code for your authenticator app" />
      </div>
      <CopyLine label="Or type this key into the app" line={secret.replace(/.{4}(?=.)/g, '$& ')} />
      <ProblemNote error={confirm.error} />
      <CodeField
        id="second-factor-code"
        value={code}
        onChange={setCode}
        error={confirm.error}
        appOnly
        autoFocus
      />
      <div className="sp-row">
        <Button type="submit" isLoading={confirm.isPending} isDisabled={confirm.isPending}>
          Switch on
        </Button>
        {children}
      </div>
    </Form>
  );
}
