import type { Stream } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { usePages } from '../../app/use-pages.ts';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { Pager } from '../../components/Pager.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { streamInWords } from '../../lib/live.ts';
import { EndStreamDialog } from '../live/EndStreamDialog.tsx';
import { endColumn } from '../live/end-column.tsx';

const REFRESH_MS = 2_000;

/** What is open through the gate to one environment. */
export function StreamsPart({ id }: { id: number }) {
  const pages = usePages();
  const { data, error, refetch } = useRoute(
    'streams.list',
    { query: { ...pages.query, environmentId: id } },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const [ending, setEnding] = useState<Stream>();
  const columns: ReadonlyArray<Column<Stream>> = [
    { name: 'What', main: true, cell: streamInWords },
    {
      name: 'Who',
      cell: ({ userId, username }) => (
        <Link to="/users/$id" params={{ id: String(userId) }}>
          {username}
        </Link>
      ),
    },
    { name: 'Since', cell: ({ startedAt }) => <TimeText time={startedAt} /> },
    endColumn(setEnding),
  ];
  return (
    <div className="sp-stack">
      <ProblemNote error={error} title="What is open could not be read" onRetry={refetch} />
      {data?.total === 0 && <p className="sp-soft">Nothing is open to this environment.</p>}
      {data?.total !== 0 && (data || !error) && (
        <DataTable
          caption="Open streams"
          columns={columns}
          rows={data?.items}
          keyOf={(stream) => stream.id}
        />
      )}
      {data && (
        <Pager
          page={pages.page}
          shown={data.items.length}
          total={data.total}
          onPage={pages.setPage}
        />
      )}
      {ending && <EndStreamDialog stream={ending} onClose={() => setEnding(undefined)} />}
    </div>
  );
}
