import { Button } from '@patternfly/react-core';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { queryClient } from '../../app/client.ts';
import { signOut } from '../../app/session.ts';
import { Doorstep } from '../../components/Doorstep.tsx';
import { safeReturnPath } from '../../lib/return-path.ts';
import { SetUp } from '../../panels/second-factor/SetUp.tsx';

/** Where people are led who must have a second factor and have none. */
export function SecondFactorPage() {
  const { to } = useSearch({ from: '/second-factor' });
  const router = useRouter();
  const navigate = useNavigate();
  return (
    <Doorstep title="Set up a second factor">
      <p className="sp-soft">
        Sallyport asks you for a code beside your password. You need an authenticator app, and go on
        right after.
      </p>
      <SetUp
        onDone={() => {
          queryClient.clear();
          router.history.replace(safeReturnPath(to));
        }}
      />
      <div>
        <Button
          variant="link"
          isInline
          onClick={() => void signOut().then(() => navigate({ to: '/signin' }))}
        >
          Sign out
        </Button>
      </div>
    </Doorstep>
  );
}
