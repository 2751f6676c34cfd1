import type { Stream } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyNote } from '../../components/EmptyNote.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Pager } from '../../components/Pager.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { SearchBox } from '../../components/SearchBox.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { bytesInWords, streamInWords } from '../../lib/live.ts';
import { EnvironmentBox } from '../../panels/EnvironmentBox.tsx';
import { EndStreamDialog } from './EndStreamDialog.tsx';
import { endColumn } from './end-column.tsx';
import { useLiveSearch } from './use-live-search.ts';

/** How often the list is asked for again, in milliseconds. */
const REFRESH_MS = 2_000;

/** What is open through the gate now. */
export function LivePage() {
  const list = useLiveSearch();
  const { data, error, refetch } = useRoute(
    'streams.list',
    { query: list.query },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const [ending, setEnding] = useState<Stream>();
  const isFiltered = Boolean(list.q || list.environmentId);

  return (
    <>
      <PageHead
        title="Live"
        lead="What is open through the gate now: watches, logs, shells and port-forwards."
      >
        <EnvironmentBox
          id="live-environment"
          label="Environment"
          none="All environments"
          value={list.environmentId}
          onChange={list.setEnvironment}
        />
        <SearchBox label="Search streams" value={list.q} onChange={list.setQ} wait={200} />
      </PageHead>
      <div className="sp-stack">
        <ProblemNote error={error} title="What is open could not be read" onRetry={refetch} />
        {data && <Gaps missing={data.missing} replica={data.replica} />}
        {data?.total === 0 ? (
          <EmptyNote title={isFiltered ? 'Nothing open matches' : 'Nothing is open'}>
            {isFiltered
              ? 'Choose all environments, or search for something else.'
              : 'A kubectl get --watch, logs -f, exec or port-forward is shown here while it lasts.'}
          </EmptyNote>
        ) : (
          (data || !error) && (
            <DataTable
              caption="Open streams"
              columns={columns(setEnding)}
              rows={data?.items}
              keyOf={({ id }) => id}
            />
          )
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
      {ending && <EndStreamDialog stream={ending} onClose={() => setEnding(undefined)} />}
    </>
  );
}

function columns(end: (stream: Stream) => void): ReadonlyArray<Column<Stream>> {
  return [
    { name: 'What', main: true, cell: streamInWords },
    {
      name: 'Who',
      cell: ({ username, kubeconfigName }) => (
        <>
          {username}
          {kubeconfigName && <span className="sp-soft"> with {kubeconfigName}</span>}
        </>
      ),
    },
    { name: 'Where', cell: ({ environmentName }) => environmentName },
    {
      name: 'From',
      cell: ({ address, userAgent }) => (
        <span className="sp-mono" title={userAgent ?? undefined}>
          {address}
        </span>
      ),
    },
    { name: 'Since', cell: ({ startedAt }) => <TimeText time={startedAt} /> },
    {
      name: 'Bytes',
      cell: ({ bytesToClient, bytesFromClient }) => (
        <>
          {bytesInWords(bytesToClient)} out, {bytesInWords(bytesFromClient)} in
        </>
      ),
    },
    endColumn(end),
  ];
}

/** What the list cannot show, said before it is missed. */
function Gaps({ missing, replica }: { missing: number; replica: string | null }) {
  if (missing === 0 && replica === null) return null;
  return (
    <p className="sp-soft">
      {missing > 0 &&
        `${missing === 1 ? 'One process' : `${missing} processes`} did not answer in time. `}
      {replica !== null &&
        `This is what goes through ${replica}; other replicas have streams of their own.`}
    </p>
  );
}
