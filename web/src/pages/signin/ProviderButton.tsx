import { Button } from '@patternfly/react-core';
import { ReturnPath } from '@sallyport/contract';
import { useQuery } from '@tanstack/react-query';
import { useAct } from '../../app/client.ts';
import { publicSettingsQuery } from '../../app/session.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';

/** Where people sign in: through the provider, where one is set up. */
export function useProvider() {
  const { data } = useQuery(publicSettingsQuery);
  return { button: data?.provider?.button, goesFirst: data?.passwordSignIn === 'admins' };
}

/** Leads to the provider's own page. @param to where to go after the sign-in */
export function ProviderButton({ text, to }: { text: string; to: string | undefined }) {
  const begin = useAct('auth.providerBegin', { onDone: ({ url }) => location.assign(url) });
  return (
    <>
      <ProblemNote error={begin.error} />
      <Button
        variant="secondary"
        isBlock
        isLoading={begin.isPending}
        isDisabled={begin.isPending}
        // A path that is too long for a cookie is not worth a sign-in that fails.
        onClick={() => begin.mutate({ body: ReturnPath.safeParse(to).success ? { to } : {} })}
      >
        {text}
      </Button>
    </>
  );
}
