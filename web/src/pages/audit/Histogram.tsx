import { Skeleton } from '@patternfly/react-core';
import type { AuditHistogram } from '@sallyport/contract';
import { type KeyboardEvent, useId, useState } from 'react';
import {
  barAfter,
  countInWords,
  heightsOf,
  spanOf,
  startInWords,
  widthInWords,
} from '../../lib/histogram.ts';

interface HistogramProps {
  /** Undefined while it is on its way. */
  readonly data: AuditHistogram | undefined;
  readonly onSpan: (span: { from: string; to: string }) => void;
}

/** How many units of the drawing a bar is wide and the tallest one high. */
const WIDTH = 10;
const GAP = 1.5;
const HEIGHT = 64;

/** When the events came: bars to look at and to choose a time by, and the same as a table. */
export function Histogram({ data, onSpan }: HistogramProps) {
  if (!data) {
    return (
      <div className="sp-histogram__room">
        <Skeleton height="100%" screenreaderText="On its way" />
      </div>
    );
  }
  if (data.bars.length === 0) {
    return <p className="sp-histogram__room sp-soft">Nothing was written at that time.</p>;
  }
  return (
    <section className="sp-histogram" aria-label="Events over time">
      <Bars {...data} onSpan={onSpan} />
      <details>
        <summary>As a table</summary>
        <Table {...data} />
      </details>
    </section>
  );
}

function Bars({ bars, widthSeconds, onSpan }: AuditHistogram & Pick<HistogramProps, 'onSpan'>) {
  const id = useId();
  const [chosen, setChosen] = useState<number>();
  const heights = heightsOf(bars);
  const current = chosen !== undefined && chosen < bars.length ? chosen : undefined;
  const narrow = (index: number) => {
    const bar = bars[index];
    if (bar) onSpan(spanOf(bar, widthSeconds));
  };
  const onKey = (event: KeyboardEvent) => {
    const next = barAfter(event.key, current ?? bars.length - 1, bars.length);
    if (next !== undefined) setChosen(next);
    else if (event.key === 'Enter' && current !== undefined) narrow(current);
    else return;
    event.preventDefault();
  };
  const shown = bars[current ?? -1];
  const [first] = bars;

  return (
    <>
      <p className="sp-histogram__words sp-soft" aria-live="polite">
        {shown
          ? `${startInWords(shown, widthSeconds)}: ${countInWords(shown)}. Press to see only these.`
          : `One bar is ${widthInWords(widthSeconds)}, from ${first ? startInWords(first, widthSeconds) : ''}.`}
      </p>
      <div
        className="sp-histogram__bars"
        role="listbox"
        tabIndex={0}
        aria-label="Times to choose from"
        aria-orientation="horizontal"
        {...(current === undefined ? {} : { 'aria-activedescendant': `${id}-${current}` })}
        onKeyDown={onKey}
        onMouseLeave={() => setChosen(undefined)}
        onBlur={() => setChosen(undefined)}
      >
        <svg
          viewBox={`0 0 ${bars.length * WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="presentation"
        >
          {bars.map((bar, index) => {
            const { done = 0, refused = 0, failed = 0 } = heights[index] ?? {};
            const words = `${startInWords(bar, widthSeconds)}: ${countInWords(bar)}`;
            return (
              <g
                key={bar.start}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === current}
                aria-label={words}
                data-chosen={index === current || undefined}
                onMouseEnter={() => setChosen(index)}
                onClick={() => narrow(index)}
              >
                <rect
                  className="sp-histogram__back"
                  x={index * WIDTH}
                  width={WIDTH}
                  height={HEIGHT}
                />
                <Part kind="done" index={index} from={0} part={done} />
                <Part kind="refused" index={index} from={done} part={refused} />
                <Part kind="failed" index={index} from={done + refused} part={failed} />
              </g>
            );
          })}
        </svg>
      </div>
    </>
  );
}

interface PartProps {
  readonly kind: 'done' | 'refused' | 'failed';
  readonly index: number;
  readonly from: number;
  readonly part: number;
}

function Part({ kind, index, from, part }: PartProps) {
  if (part === 0) return null;
  return (
    <rect
      data-kind={kind}
      x={index * WIDTH + GAP / 2}
      y={HEIGHT * Math.max(0, 1 - from - part)}
      width={WIDTH - GAP}
      height={HEIGHT * part}
    />
  );
}

function Table({ bars, widthSeconds }: AuditHistogram) {
  return (
    <table className="sp-table">
      <caption className="sp-visually-hidden">Events over time</caption>
      <thead>
        <tr>
          {['From', 'Events', 'Refused', 'Failed'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars
          .filter(({ total }) => total > 0)
          .map((bar) => (
            <tr key={bar.start}>
              <th scope="row" className="sp-table__main">
                {startInWords(bar, widthSeconds)}
              </th>
              <td data-name="Events">{bar.total.toLocaleString('en')}</td>
              <td data-name="Refused">{bar.refused.toLocaleString('en')}</td>
              <td data-name="Failed">{bar.failed.toLocaleString('en')}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
