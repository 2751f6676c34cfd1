import { Link, useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { arrival } from '../../app/arrival.ts';
import { useAct } from '../../app/client.ts';
import { signedIn } from '../../app/session.ts';
import { Doorstep } from '../../components/Doorstep.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { providerAnswerIn } from '../../lib/provider-answer.ts';
import { safeReturnPath } from '../../lib/return-path.ts';

/** Takes the answer out of the address bar, so that it is in no history, screenshot or bookmark. */
function takeAnswer(): string | undefined {
  const answer = providerAnswerIn(arrival);
  if (answer !== undefined) history.replaceState(history.state, '', location.pathname);
  return answer;
}

/** Where the provider sends people back to: what it has answered goes to the server, and they go on. */
export function CallbackPage() {
  const router = useRouter();
  const hasBegun = useRef(false);
  const finish = useAct('auth.providerFinish', {
    onDone: ({ returnTo, ...user }) => {
      signedIn(user);
      router.history.replace(safeReturnPath(returnTo));
    },
  });
  const { mutate, error } = finish;
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    const answer = takeAnswer();
    if (answer === undefined) router.history.replace('/signin');
    else mutate({ body: { answer } });
  }, [mutate, router]);

  return (
    <Doorstep title="Sign in">
      {error ? (
        <>
          <ProblemNote error={error} />
          <p>
            <Link to="/signin">Back to the sign-in page</Link>
          </p>
        </>
      ) : (
        <p role="status">You are being signed in.</p>
      )}
    </Doorstep>
  );
}
