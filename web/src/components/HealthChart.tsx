import type { HealthHistory } from '@sallyport/contract';
import { availabilityInWords, latencyTop, type Slot, slotsOf } from '../lib/health.ts';
import { clockOf, dayOf, exactTime } from '../lib/time.ts';
import './health-chart.css';

const STRIP = 24;
const LATENCY = 80;
const GAP = 10;

/** Up, down and latency over time. All of it is in the table below as well. */
export function HealthChart({ history, range }: { history: HealthHistory; range: string }) {
  const slots = slotsOf(history);
  const top = latencyTop(history);
  const summary = availabilityInWords(history.availability);
  return (
    <figure className="sp-chart">
      <figcaption>
        <b>{summary}</b> <span className="sp-soft">in the last {range}</span>
      </figcaption>
      <div className="sp-chart__plot">
        <svg
          role="img"
          aria-label={`${summary} in the last ${range}; latency from 0 to ${top} ms`}
          viewBox={`0 0 ${slots.length * 10} ${STRIP + GAP + LATENCY}`}
          preserveAspectRatio="none"
        >
          {slots.map((slot, index) => (
            <Bar key={slot.at.getTime()} slot={slot} x={index * 10} top={top} />
          ))}
        </svg>
        <span className="sp-chart__top" aria-hidden="true">
          {top} ms
        </span>
      </div>
      <div className="sp-chart__axis" aria-hidden="true">
        <span>{edgeInWords(slots.at(0))}</span>
        <span>now</span>
      </div>
      <details>
        <summary>As a table</summary>
        <HealthTable slots={slots} />
      </details>
    </figure>
  );
}

function Bar({ slot: { at, point }, x, top }: { slot: Slot; x: number; top: number }) {
  if (!point) return <rect className="sp-chart__none" x={x} width={9} y={STRIP - 2} height={2} />;
  const up = (point.looksUp / point.looks) * STRIP;
  const height = Math.min(((point.latencyMs ?? 0) / top) * LATENCY, LATENCY);
  return (
    <g>
      <title>{`${exactTime(at)}: ${slotInWords({ at, point })}`}</title>
      <rect className="sp-chart__down" x={x} width={9} y={0} height={STRIP - up} />
      <rect className="sp-chart__up" x={x} width={9} y={STRIP - up} height={up} />
      <rect
        className="sp-chart__latency"
        x={x}
        width={9}
        y={STRIP + GAP + LATENCY - height}
        height={height}
      />
    </g>
  );
}

function HealthTable({ slots }: { slots: readonly Slot[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section className="sp-chart__table" tabIndex={0} aria-label="Health as a table">
      <table className="sp-table">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">State</th>
            <th scope="col">Latency</th>
          </tr>
        </thead>
        <tbody>
          {slots.toReversed().map(({ at, point }) => (
            <tr key={at.getTime()}>
              <th scope="row">
                <time dateTime={at.toISOString()} title={exactTime(at)}>
                  {dayOf(at)}, {clockOf(at)}
                </time>
              </th>
              <td data-name="State">{slotInWords({ at, point })}</td>
              <td data-name="Latency">
                {point?.latencyMs == null
                  ? '–'
                  : `${point.latencyMs} ms, at most ${point.latencyMaxMs} ms`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function slotInWords({ point }: Slot): string {
  if (!point) return 'nobody looked';
  const { looks, looksUp, latencyMs, message } = point;
  if (looksUp === looks) return `up, ${latencyMs} ms`;
  const why = message ? `: ${message}` : '';
  return looksUp === 0 ? `down${why}` : `down at ${looks - looksUp} of ${looks} looks${why}`;
}

function edgeInWords(slot: Slot | undefined): string {
  return slot ? `${dayOf(slot.at)}, ${clockOf(slot.at)}` : '';
}
