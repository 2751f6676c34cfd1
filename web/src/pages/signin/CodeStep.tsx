import { Button, Form } from '@patternfly/react-core';
import { ApiError, type Me } from '@sallyport/contract';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { CodeField } from '../../panels/second-factor/CodeField.tsx';

interface CodeStepProps {
  readonly onSignedIn: (me: Me) => void;
  /** The password must be given again; `error` says why, where the person did not ask for it. */
  readonly onBeginAgain: (error?: Error) => void;
}

/** The second step of a sign-in. */
export function CodeStep({ onSignedIn, onBeginAgain }: CodeStepProps) {
  const finish = useAct('auth.code');
  const [code, setCode] = useState('');
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        finish.mutate(
          { body: { code } },
          {
            onSuccess: onSignedIn,
            onError: (error) => {
              setCode('');
              if (error instanceof ApiError && error.problem.code === 'auth.begin_again')
                onBeginAgain(error);
            },
          },
        );
      }}
    >
      <ProblemNote error={finish.error} />
      <CodeField id="code" value={code} onChange={setCode} error={finish.error} autoFocus />
      <Button type="submit" isBlock isLoading={finish.isPending} isDisabled={finish.isPending}>
        Sign in
      </Button>
      <Button variant="link" isBlock onClick={() => onBeginAgain()}>
        Begin again
      </Button>
    </Form>
  );
}
