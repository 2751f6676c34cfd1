import { Button, Form } from '@patternfly/react-core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
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
  const [fromAddress] = useState(takeSetupToken);

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
      <SetupForm fromAddress={fromAddress} />
    </Doorstep>
  );
}

function SetupForm({ fromAddress }: { fromAddress: string | undefined }) {
  const navigate = useNavigate();
  const setUp = useAct('setup.complete');
  const signIn = useAct('auth.login');
  const [token, setToken] = useState(fromAddress ?? '');
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const error = setUp.error ?? signIn.error;

  async function send() {
    const name = username.trim();
    try {
      await setUp.mutateAsync({ body: { token: token.trim(), username: name, password } });
      signedIn(await signIn.mutateAsync({ body: { username: name, password } }));
      await navigate({ to: '/', replace: true });
    } catch {
      // Both mutations hold what went wrong, and the form shows it.
    }
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
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
      <Button
        type="submit"
        isBlock
        isLoading={setUp.isPending || signIn.isPending}
        isDisabled={setUp.isPending || signIn.isPending}
      >
        Set up
      </Button>
    </Form>
  );
}
