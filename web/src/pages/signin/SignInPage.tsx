import { Alert, Button, Form } from '@patternfly/react-core';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { signedIn } from '../../app/session.ts';
import { Doorstep } from '../../components/Doorstep.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { safeReturnPath } from '../../lib/return-path.ts';
import { ProviderButton, useProvider } from './ProviderButton.tsx';

/** Name and password, then on to where the person wanted to go. */
export function SignInPage() {
  const { to } = useSearch({ from: '/signin' });
  const router = useRouter();
  const provider = useProvider();
  const signIn = useAct('auth.login');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');

  function send() {
    signIn.mutate(
      { body: { username: username.trim(), password } },
      {
        onSuccess: (user) => {
          signedIn(user);
          router.history.replace(safeReturnPath(to));
        },
        onError: () => setPassword(''),
      },
    );
  }

  const button = provider.button && <ProviderButton text={provider.button} to={to} />;
  return (
    <Doorstep title="Sign in">
      {to && !signIn.error && (
        <Alert variant="info" isInline isPlain title="Sign in to go on." component="p" />
      )}
      {provider.goesFirst && button}
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <ProblemNote error={signIn.error} />
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
      {!provider.goesFirst && button}
    </Doorstep>
  );
}
