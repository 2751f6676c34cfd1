import { Button } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { allEnvironmentsQuery } from '../../app/all-environments.ts';
import { EmptyNote } from '../../components/EmptyNote.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Pager } from '../../components/Pager.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { SearchBox } from '../../components/SearchBox.tsx';
import { viewOf } from '../../lib/home.ts';
import { EndingNotice, useEnding } from './EndingNotice.tsx';
import { EnvironmentTable } from './EnvironmentTable.tsx';
import { FilterBar } from './FilterBar.tsx';
import { KubeconfigAct } from './KubeconfigAct.tsx';
import { NothingToEnter } from './NothingToEnter.tsx';
import { useHomeSearch } from './use-home-search.ts';
import './home.css';

/** How often the states are asked for again, in milliseconds: a long list less often. */
const REFRESH_MS = 15_000;
const REFRESH_EACH_MS = 60;

/** The environments that the person may enter, and the way to a kubeconfig for them. */
export function HomePage() {
  const { search, change, setPage, clear } = useHomeSearch();
  const ending = useEnding();
  const { data, error, refetch } = useQuery({
    ...allEnvironmentsQuery('accessible'),
    refetchInterval: ({ state }) =>
      Math.max(REFRESH_MS, REFRESH_EACH_MS * (state.data?.length ?? 0)),
  });
  // Both at once, or the list would jump down for the notice.
  const all = ending.isPending ? undefined : data;
  const view = useMemo(() => all && viewOf(all, search), [all, search]);
  const isEmpty = all?.length === 0;

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
        {all && <EndingNotice data={ending.data} />}
        <ProblemNote error={error} title="The environments could not be read" onRetry={refetch} />
        {!isEmpty && (all || !error) && (
          <FilterBar environments={all} total={view?.total} search={search} onChange={change} />
        )}
        {isEmpty && <NothingToEnter />}
        {!isEmpty && view?.total === 0 && <NothingFound query={search.q} onClear={clear} />}
        {view?.total !== 0 && (all || !error) && <EnvironmentTable environments={view?.rows} />}
      </div>
      {view && (
        <Pager page={view.page} shown={view.rows.length} total={view.total} onPage={setPage} />
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
