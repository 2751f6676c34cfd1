import { Button } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useRoute } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { EmptyNote } from '../../components/EmptyNote.tsx';

/** Says why Home is empty and what to do next, which is different for each who may stand here. */
export function NothingToEnter() {
  const me = useMe();
  if (me.role === 'admin') return <NothingForAdmin />;
  return (
    <EmptyNote title="There is no environment you may enter yet">
      An admin gives access by a grant. Ask for one, and say that your username is{' '}
      <b>{me.username}</b>.
    </EmptyNote>
  );
}

function NothingForAdmin() {
  const { data } = useRoute('environments.list', { query: { limit: 1 } });
  if (!data) return <EmptyNote title="There is no environment you may enter yet" />;
  if (data.total === 0) {
    return (
      <EmptyNote
        title="Add your first environment"
        act={<LinkButton to="/environments">Add an environment</LinkButton>}
      >
        An environment is a Kubernetes cluster. Give Sallyport a kubeconfig for it, then grant
        people access.
      </EmptyNote>
    );
  }
  return (
    <EmptyNote
      title="No grant lets you in yet"
      act={<LinkButton to="/grants">Give access</LinkButton>}
    >
      {data.total === 1 ? 'One environment is' : `${data.total} environments are`} registered. Who
      may enter is for grants to say, for admins as for everybody.
    </EmptyNote>
  );
}

function LinkButton({ to, children }: { to: '/environments' | '/grants'; children: string }) {
  return (
    <Button variant="primary" component={(props) => <Link {...props} to={to} />}>
      {children}
    </Button>
  );
}
