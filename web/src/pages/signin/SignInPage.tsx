import { Alert, Button, Form } from '@patternfly/react-core';
import { ApiError, type Me } from '@sallyport/contract';
import { useRouter, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useAct } from '../../app/client.ts';
import { signedIn } from '../../app/session.ts';
import { Doorstep } from '../../components/Doorstep.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { safeReturnPath } from '../../lib/return-path.ts';
import { ProviderButton, useProvider } from './ProviderButton.tsx';

const CodeStep = lazy(() =>
  import('./CodeStep.tsx').then((module) => ({ default: module.CodeStep })),
);

/** Name and password, a code where one is asked for, then on to where the person wanted to go. */
export function SignInPage() {
  const { to } = useSearch({ from: '/signin' });
  const router = useRouter();
  const provider = useProvider();
  const signIn = useAct('auth.login');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [ended, setEnded] = useState<Error>();
  const asksCode = isCodeNeeded(signIn.error);
  const error = asksCode ? ended : (signIn.error ?? ended);

  function enter(me: Me) {
    signedIn(me);
    router.history.replace(safeReturnPath(to));
  }

  function send() {
    setEnded(undefined);
    signIn.mutate(
      { body: { username: username.trim(), password } },
      { onSuccess: enter, onError: () => setPassword('') },
    );
  }

  const button = provider.button && <ProviderButton text={provider.button} to={to} />;
  return (
    <Doorstep title="Sign in">
      {to && !error && !asksCode && (
        <Alert variant="info" isInline isPlain title="Sign in to go on." component="p" />
      )}
      {provider.goesFirst && !asksCode && button}
      {asksCode ? (
        <Suspense>
          <CodeStep
            onSignedIn={enter}
            onBeginAgain={(why) => {
              setEnded(why);
              signIn.reset();
            }}
          />
        </Suspense>
      ) : (
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <ProblemNote error={error} />
          <TextField
            id="username"
            label="Username"
            value={username}
            onChange={setUsername}
            autoComplete="username"
            isRequired
            autoFocus
          />
          <TextField
            id="password"
            label="Password"
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
            isRequired
          />
          <Button type="submit" isBlock isLoading={signIn.isPending} isDisabled={signIn.isPending}>
            Sign in
          </Button>
        </Form>
      )}
      {!provider.goesFirst && !asksCode && button}
    </Doorstep>
  );
}

/** Whether the password was right and is not all that is asked for. */
function isCodeNeeded(error: Error | null): boolean {
  return error instanceof ApiError && error.problem.code === 'auth.code_needed';
}
