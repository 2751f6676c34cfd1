import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { kubeconfigQuery } from '../../lib/kubeconfigs.ts';
import { KubeconfigFilters } from './KubeconfigFilters.tsx';
import { KubeconfigList, RevokeManyButton } from './KubeconfigList.tsx';
import { RevokeManyDialog } from './RevokeManyDialog.tsx';
import { useKubeconfigList } from './use-kubeconfig-list.ts';

/** The files of everybody, for admins: found by user, environment and state, and taken back. */
export function AllKubeconfigsPage() {
  const listing = useKubeconfigList();
  const { search, list, isFiltered } = listing;
  const answer = useRoute(
    'kubeconfigs.list',
    { query: { ...kubeconfigQuery(search), all: 'true' } },
    { keep: true },
  );
  const { data: environment } = useRoute(
    'environments.get',
    { params: { id: search.environmentId ?? 0 } },
    { enabled: search.environmentId !== undefined },
  );
  const [isRevoking, setRevoking] = useState(false);

  const owner = search.username ? answer.data?.items[0] : undefined;
  const whose = owner && `${owner.username}’s kubeconfigs`;
  const what = [whose ?? 'kubeconfigs', environment && `that reach ${environment.name}`]
    .filter(Boolean)
    .join(' ');

  return (
    <KubeconfigList
      title="All kubeconfigs"
      lead="Every file that was made for anybody. To take back many at once, choose a user or an environment."
      list={list}
      answer={answer}
      withOwner
      isFiltered={isFiltered}
      bar={<KubeconfigFilters {...listing} />}
      acts={
        (owner || environment) && (
          <RevokeManyButton name={`Revoke all ${what}`} onPress={() => setRevoking(true)} />
        )
      }
      empty={{ title: 'Nobody has a kubeconfig yet' }}
    >
      {isRevoking && (owner || environment) && (
        <RevokeManyDialog
          title={`Revoke all ${what}?`}
          which={{
            ...(owner ? { userId: owner.userId } : {}),
            ...(environment ? { environmentId: environment.id } : {}),
          }}
          onClose={() => setRevoking(false)}
        />
      )}
    </KubeconfigList>
  );
}
