import { Button } from '@patternfly/react-core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { homeQueries } from '../../app/home-queries.ts';
import { EmptyNote } from '../../components/EmptyNote.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Pager } from '../../components/Pager.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { SearchBox } from '../../components/SearchBox.tsx';
import { isNarrowed } from '../../lib/home.ts';
import { EndingNotice } from './EndingNotice.tsx';
import { EnvironmentTable } from './EnvironmentTable.tsx';
import { FilterBar } from './FilterBar.tsx';
import { KubeconfigAct } from './KubeconfigAct.tsx';
import { NothingToEnter } from './NothingToEnter.tsx';
import { useHomeSearch } from './use-home-search.ts';
import './home.css';

/** How often the states are asked for again, in milliseconds. */
const REFRESH_MS = 15_000;

/** The environments that the person may enter, and the way to a kubeconfig for them. */
export function HomePage() {
  const { search, change, setPage, clear } = useHomeSearch();
  const queries = homeQueries(search);
  const list = useQuery({
    ...queries.list,
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  const summary = useQuery({ ...queries.summary, refetchInterval: REFRESH_MS });
  const ending = useQuery(queries.ending);
  const error = list.error ?? summary.error;
  // All at once, or the list would jump down for the notice.
  const data = ending.isPending ? undefined : list.data;
  const isEmpty = data?.total === 0 && !isNarrowed(search);

  return (
    <>
      <PageHead title="Home" lead="The environments you may enter.">
        <SearchBox
          label="Search by name or label"
          value={search.q ?? ''}
          onChange={(q) => change({ q })}
          wait={200}
        />
        <KubeconfigAct isEmpty={isEmpty} />
      </PageHead>
      <div className="sp-stack">
        {data && <EndingNotice data={ending.data} />}
        <ProblemNote
          error={error}
          title="The environments could not be read"
          onRetry={() => Promise.all([list.refetch(), summary.refetch()])}
        />
        {!isEmpty && (data || !error) && (
          <FilterBar summary={summary.data} total={data?.total} search={search} onChange={change} />
        )}
        {isEmpty && <NothingToEnter />}
        {!isEmpty && data?.total === 0 && <NothingFound query={search.q} onClear={clear} />}
        {data?.total !== 0 && (data || !error) && <EnvironmentTable environments={data?.items} />}
      </div>
      {data && (
        <Pager
          page={search.page ?? 1}
          shown={data.items.length}
          total={data.total}
          onPage={setPage}
        />
      )}
    </>
  );
}

interface NothingFoundProps {
  readonly query: string | undefined;
  readonly onClear: () => void;
}

function NothingFound({ query, onClear }: NothingFoundProps) {
  return (
    <EmptyNote
      title={query ? `Nothing matches “${query}”` : 'Nothing matches'}
      act={
        <Button variant="secondary" onClick={onClear}>
          Show all
        </Button>
      }
    >
      The search looks at names and labels of the environments you may enter.
    </EmptyNote>
  );
}
