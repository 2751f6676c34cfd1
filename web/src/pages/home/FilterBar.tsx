import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import type { EnvironmentSummary } from '@sallyport/contract';
import { Icon } from '../../components/Icon.tsx';
import {
  type HomeSearch,
  joinLabels,
  offeredLabels,
  SORTS,
  STATES,
  splitLabels,
} from '../../lib/home.ts';
import type { useHomeSearch } from './use-home-search.ts';

interface FilterBarProps {
  /** What there is to choose from; undefined while it is on its way. */
  readonly summary: EnvironmentSummary | undefined;
  /** How many of them match. */
  readonly total: number | undefined;
  readonly search: HomeSearch;
  readonly onChange: ReturnType<typeof useHomeSearch>['change'];
}

const STATE_WORDS = { up: 'Up', down: 'Down', unknown: 'Not known yet' } as const;
const SORT_WORDS = {
  name: 'Name, A to Z',
  '-name': 'Name, Z to A',
  state: 'State, down first',
  '-state': 'State, up first',
} as const;

/** What of Home to show and in which order. */
export function FilterBar({ summary, total, search, onChange }: FilterBarProps) {
  const chosen = splitLabels(search.label);
  const offered = offeredLabels(summary?.labels ?? [], chosen);
  const setLabels = (labels: readonly string[]) => onChange({ label: joinLabels(labels) });

  return (
    <div className="sp-home-filters">
      <FormSelect
        aria-label="State"
        value={search.state ?? ''}
        onChange={(_, next) => onChange({ state: STATES.find((state) => state === next) })}
      >
        <FormSelectOption value="" label="Any state" />
        {STATES.map((state) => (
          <FormSelectOption
            key={state}
            value={state}
            label={STATE_WORDS[state] + (summary ? ` (${summary.states[state]})` : '')}
          />
        ))}
      </FormSelect>
      <FormSelect
        aria-label="Label"
        value=""
        isDisabled={offered.length === 0}
        onChange={(_, next) => next && setLabels([...chosen, next])}
      >
        <FormSelectOption value="" label={chosen.length === 0 ? 'Any label' : 'And label…'} />
        {offered.map(([label, count]) => (
          <FormSelectOption key={label} value={label} label={`${label} (${count})`} />
        ))}
      </FormSelect>
      <FormSelect
        aria-label="Order"
        value={search.sort ?? 'name'}
        onChange={(_, next) => {
          const sort = SORTS.find((known) => known === next);
          onChange({ sort: sort === 'name' ? undefined : sort });
        }}
      >
        {SORTS.map((sort) => (
          <FormSelectOption key={sort} value={sort} label={SORT_WORDS[sort]} />
        ))}
      </FormSelect>
      {chosen.map((label) => (
        <button
          key={label}
          type="button"
          className="sp-home-filters__chosen"
          onClick={() => setLabels(chosen.filter((other) => other !== label))}
        >
          <span className="sp-visually-hidden">Remove the filter </span>
          {label}
          <Icon name="close" size={12} />
        </button>
      ))}
      <span className="sp-home-filters__count" role="status">
        {total !== undefined && summary && countInWords(total, summary.total)}
      </span>
    </div>
  );
}

function countInWords(total: number, all: number): string {
  const noun = all === 1 ? 'environment' : 'environments';
  return total === all ? `${all} ${noun}` : `${total} of ${all} ${noun}`;
}
