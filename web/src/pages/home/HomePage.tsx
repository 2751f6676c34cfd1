import { useRoute } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { useList } from '../../app/use-list.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { Pager } from '../../components/Pager.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { SearchBox } from '../../components/SearchBox.tsx';
import { EnvironmentTable } from './EnvironmentTable.tsx';
import { KubeconfigAct } from './KubeconfigAct.tsx';
import { NothingToEnter } from './NothingToEnter.tsx';
import './home.css';

/** How often the states are asked for again, in milliseconds. */
const REFRESH_MS = 15_000;

/** The environments that the person may enter, and the way to a kubeconfig for them. */
export function HomePage() {
  const me = useMe();
  const list = useList();
  const { data, error } = useRoute(
    'environments.list',
    { query: { ...list.query, accessible: 'true' } },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const nothing = data?.total === 0;

  return (
    <>
      <PageHead title="Home" lead="The environments you may enter.">
        <SearchBox label="Search by name or label" value={list.q} onChange={list.setQ} wait={200} />
        <KubeconfigAct isEmpty={nothing && !list.q} />
      </PageHead>
      <div className="sp-stack">
        <ProblemNote error={error} title="The environments could not be read" />
        {nothing ? (
          <NothingToEnter query={list.q} me={me} />
        ) : (
          (data || !error) && <EnvironmentTable environments={data?.items} />
        )}
      </div>
      {data && (
        <Pager
          page={list.page}
          shown={data.items.length}
          total={data.total}
          onPage={list.setPage}
        />
      )}
    </>
  );
}
