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
  const taken = useRef<string>(undefined);
  const finish = useAct('auth.providerFinish', {
    onDone: ({ returnTo, ...user }) => {
      signedIn(user);
      router.history.replace(safeReturnPath(returnTo));
    },
  });
  const { mutate, error } = finish;
  useEffect(() => {
    if (taken.current !== undefined) return;
    const answer = takeAnswer();
    taken.current = answer;
    if (answer === undefined) router.history.replace('/signin');
    else mutate({ body: { answer } });
  }, [mutate, router]);
  // What the server has answered is final; where nothing came through, the answer is still good.
  const sendAgain = () => mutate({ body: { answer: taken.current ?? '' } });

  return (
    <Doorstep title="Sign in">
      {error ? (
        <>
          <ProblemNote error={error} onRetry={error instanceof TypeError ? sendAgain : undefined} />
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
