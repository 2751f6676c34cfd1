import { Skeleton } from '@patternfly/react-core';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { HealthChart } from '../../components/HealthChart.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { type Outage, outagesOf } from '../../lib/health.ts';
import { clockOf, dayOf, exactTime } from '../../lib/time.ts';

const RANGES = { '24h': '24 hours', '7d': '7 days' } as const;
type Range = keyof typeof RANGES;
const REFRESH_MS = 60_000;

/** How the health of an environment was. */
export function HealthPart({ id }: { id: number }) {
  const [range, setRange] = useState<Range>('24h');
  const { data, error, refetch } = useRoute(
    'environments.health',
    { params: { id }, query: { range } },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  return (
    <div className="sp-stack">
      <fieldset className="sp-ranges">
        <legend className="sp-visually-hidden">How far back</legend>
        {(Object.keys(RANGES) as Range[]).map((key) => (
          <label key={key}>
            <input
              type="radio"
              name="range"
              checked={range === key}
              onChange={() => setRange(key)}
            />
            {RANGES[key]}
          </label>
        ))}
      </fieldset>
      <ProblemNote error={error} title="The history could not be read" onRetry={refetch} />
      {!data && !error && <Skeleton height="14rem" screenreaderText="On its way" />}
      {data && (
        <>
          <HealthChart history={data} range={RANGES[range]} />
          <Outages outages={outagesOf(data)} />
        </>
      )}
    </div>
  );
}

function Outages({ outages }: { outages: readonly Outage[] }) {
  if (outages.length === 0) return <p className="sp-soft">No outage in this time.</p>;
  return (
    <section>
      <h2>Outages</h2>
      <ul className="sp-outages">
        {outages.map(({ from, to, message, whole }) => (
          <li key={from.getTime()}>
            <span title={`${exactTime(from)} to ${exactTime(to)}`}>
              {dayOf(from)}, {clockOf(from)} to {clockOf(to)}
            </span>
            {!whole && ', now and then'}
            {message && <span className="sp-soft">: {message}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
