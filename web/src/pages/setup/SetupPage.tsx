import { Button, Form } from '@patternfly/react-core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useAct } from '../../app/client.ts';
import { publicSettingsQuery, signedIn } from '../../app/session.ts';
import { Doorstep } from '../../components/Doorstep.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';
import { takeSetupToken } from './token.ts';

/** Makes the first admin, with the one-time token of the address that the first start printed. */
export function SetupPage() {
  const { setupRequired } = useSuspenseQuery(publicSettingsQuery).data;
  const [fromAddress, setFromAddress] = useState(takeSetupToken);

  // The address may also be pasted into a window that shows this page already.
  useEffect(() => {
    const take = () => setFromAddress(takeSetupToken());
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, []);

  if (!setupRequired) {
    return (
      <Doorstep title="Already set up">
        <p>Sallyport has its first admin. More people are added on the Users page.</p>
        <Link to="/signin">Sign in</Link>
      </Doorstep>
    );
  }
  return (
    <Doorstep title="Set up Sallyport">
      <SetupForm key={fromAddress} fromAddress={fromAddress} />
    </Doorstep>
  );
}

function SetupForm({ fromAddress }: { fromAddress: string | undefined }) {
  const navigate = useNavigate();
  const setUp = useAct('setup.complete');
  const [token, setToken] = useState(fromAddress ?? '');
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const { error } = setUp;

  function send() {
    setUp.mutate(
      { body: { token: token.trim(), username: username.trim(), password } },
      {
        onSuccess: (user) => {
          // Set-up signs in as well.
          signedIn(user);
          void navigate({ to: '/', replace: true });
        },
      },
    );
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <p className="sp-soft">You become its first admin.</p>
      <ProblemNote error={error} />
      {!fromAddress && (
        <TextField
          id="token"
          label="Set-up token"
          value={token}
          onChange={setToken}
          error={fieldError(error, 'token')}
          help="It is in the line “Set up: …” that the server printed when it started. A restart prints a new one."
          isRequired
          autoFocus
        />
      )}
      <TextField
        id="username"
        label="Username"
        value={username}
        onChange={setUsername}
        error={fieldError(error, 'username')}
        autoComplete="username"
        isRequired
      />
      <TextField
        id="password"
        label="Password"
        type="password"
        value={password}
        onChange={setPassword}
        error={fieldError(error, 'password')}
        help="At least 12 characters. Length is what makes it strong."
        autoComplete="new-password"
        isRequired
        autoFocus={fromAddress !== undefined}
      />
      <Button type="submit" isBlock isLoading={setUp.isPending} isDisabled={setUp.isPending}>
        Set up
      </Button>
    </Form>
  );
}
