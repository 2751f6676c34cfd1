import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { Filters } from '../../components/Filters.tsx';
import { kubeconfigQuery } from '../../lib/kubeconfigs.ts';
import { StateFilter } from './KubeconfigFilters.tsx';
import { KubeconfigList, RevokeManyButton } from './KubeconfigList.tsx';
import { RevokeManyDialog } from './RevokeManyDialog.tsx';
import { useKubeconfigList } from './use-kubeconfig-list.ts';

/** The files that the person has been given, and the way to renew or take back each. */
export function KubeconfigsPage() {
  const me = useMe();
  const { search, list, change } = useKubeconfigList();
  // Whose they are is not asked for here, whatever the address says.
  const shown = { ...search, username: undefined, environmentId: undefined };
  const answer = useRoute('kubeconfigs.list', { query: kubeconfigQuery(shown) }, { keep: true });
  const [isRevoking, setRevoking] = useState(false);

  return (
    <KubeconfigList
      title="My kubeconfigs"
      lead="Every file that was made for you. Renew one before it ends; revoke one that is lost or no longer needed."
      list={list}
      answer={answer}
      isFiltered={search.state !== undefined}
      bar={
        <Filters>
          <StateFilter search={search} change={change} />
        </Filters>
      }
      acts={<RevokeManyButton name="Revoke all" onPress={() => setRevoking(true)} />}
      empty={{
        title: 'No kubeconfig yet',
        note: (
          <>
            Press <b>Kubeconfig</b> on the <Link to="/">Home page</Link> to make one.
          </>
        ),
      }}
    >
      {isRevoking && (
        <RevokeManyDialog
          title="Revoke all your kubeconfigs?"
          which={{ userId: me.id }}
          onClose={() => setRevoking(false)}
        />
      )}
    </KubeconfigList>
  );
}
