import { Button, Switch } from '@patternfly/react-core';
import type { AuditItem } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyNote } from '../../components/EmptyNote.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { SearchBox } from '../../components/SearchBox.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { eventInWords, exportPath } from '../../lib/audit.ts';
import { Answer } from './Answer.tsx';
import { AuditFilters } from './AuditFilters.tsx';
import { EventDetail } from './EventDetail.tsx';
import { Histogram } from './Histogram.tsx';
import { useAudit } from './use-audit.ts';
import { useAuditSearch } from './use-audit-search.ts';
import './audit.css';

/** How often the bars are counted anew while the list follows, in milliseconds. */
const HISTOGRAM_MS = 10_000;

/** Who did what, through the gate and in Sallyport itself. */
export function AuditPage() {
  const { search, change, clear } = useAuditSearch();
  const [isLive, setLive] = useState(false);
  const { events, error, hasOlder, isLoading, loadOlder, retry } = useAudit(search, isLive);
  const histogram = useRoute(
    'audit.histogram',
    { query: search },
    { keep: true, ...(isLive ? { refetchInterval: HISTOGRAM_MS } : {}) },
  );
  const [opened, setOpened] = useState<AuditItem>();

  const columns: ReadonlyArray<Column<AuditItem>> = [
    {
      name: 'What',
      main: true,
      cell: (event) => (
        <button type="button" className="sp-audit__open" onClick={() => setOpened(event)}>
          {eventInWords(event)}
        </button>
      ),
    },
    { name: 'Who', cell: ({ username }) => username ?? <span className="sp-soft">nobody</span> },
    {
      name: 'Where',
      cell: ({ environmentName }) => environmentName ?? <span className="sp-soft">Sallyport</span>,
    },
    { name: 'Answer', cell: (event) => <Answer event={event} /> },
    { name: 'When', cell: ({ time }) => <TimeText time={time} /> },
  ];

  return (
    <>
      <PageHead title="Audit" lead="Who did what: requests to clusters, and acts in Sallyport.">
        <SearchBox
          label="Search events"
          value={search.q ?? ''}
          onChange={(q) => change({ q })}
          wait={300}
        />
      </PageHead>
      <div className="sp-stack">
        <AuditFilters search={search} onChange={change} onClear={clear} />
        <ProblemNote
          error={histogram.error}
          title="The times could not be counted"
          onRetry={histogram.refetch}
        />
        {!histogram.error && <Histogram data={histogram.data} onSpan={change} />}
        <div className="sp-audit__acts">
          <Switch
            id="audit-live"
            label="Live"
            isChecked={isLive}
            isDisabled={search.to !== undefined}
            onChange={(_, checked) => setLive(checked)}
          />
          <span className="sp-audit__export">
            <span className="sp-soft">Export what matches:</span>
            <a href={exportPath(search, 'jsonl')} download>
              JSON lines
            </a>
            <a href={exportPath(search, 'csv')} download>
              CSV
            </a>
          </span>
        </div>
        <ProblemNote error={error} title="The audit log could not be read" onRetry={retry} />
        {events?.length === 0 ? (
          <EmptyNote title="No event matches">
            What is done from now on is written here; widen the filters to see more.
          </EmptyNote>
        ) : (
          (events || !error) && (
            <div className="sp-audit">
              <DataTable caption="Events" columns={columns} rows={events} keyOf={({ id }) => id} />
            </div>
          )
        )}
        {hasOlder && (
          <div className="sp-audit__older">
            <Button
              variant="secondary"
              isLoading={isLoading}
              isDisabled={isLoading}
              onClick={loadOlder}
            >
              Load older
            </Button>
          </div>
        )}
      </div>
      {opened && <EventDetail event={opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}
