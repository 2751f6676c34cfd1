import { Button, Checkbox, Skeleton } from '@patternfly/react-core';
import { type ReactNode, useId, useState } from 'react';
import { matchesQuery } from '../../lib/search.ts';
import {
  NOTHING,
  type Selection,
  selectedOf,
  setShown,
  shownState,
  toggle,
} from '../../lib/selection.ts';
import { SearchBox } from '../SearchBox.tsx';
import './pick.css';

export interface Pickable {
  readonly id: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface PickManyProps<T extends Pickable> {
  /** What is picked, in the plural. */
  readonly noun: string;
  /** Undefined while they are on their way. */
  readonly items: readonly T[] | undefined;
  readonly selection: Selection;
  readonly onChange: (selection: Selection) => void;
  readonly describe?: (item: T) => ReactNode;
  readonly autoFocus?: boolean;
}

/** Tick boxes to pick several, with a search that hides but never unticks. */
export function PickMany<T extends Pickable>(props: PickManyProps<T>) {
  const { noun, items, selection, onChange, describe, autoFocus = false } = props;
  const id = useId();
  const [query, setQuery] = useState('');
  const shown = (items ?? []).filter((item) => matchesQuery(item, query));
  const shownIds = shown.map((item) => item.id);
  const state = shownState(selection, shownIds);
  const ticked = selectedOf(selection, items ?? []).length;

  return (
    <fieldset className="sp-pick">
      <legend className="sp-pick__legend">{capital(noun)}</legend>
      <SearchBox label={`Search ${noun}`} value={query} onChange={setQuery} autoFocus={autoFocus} />
      <div className="sp-pick__all">
        <Checkbox
          id={`${id}-all`}
          label={query ? `Select all shown (${shown.length})` : `Select all (${shown.length})`}
          isChecked={state === 'some' ? null : state === 'all'}
          isDisabled={shown.length === 0}
          onChange={() => onChange(setShown(selection, shownIds, state !== 'all'))}
        />
        <span className="sp-pick__count" role="status">
          {ticked} of {items?.length ?? '…'} selected
        </span>
        <Button
          variant="link"
          isInline
          isDisabled={selection.size === 0}
          onClick={() => onChange(NOTHING)}
        >
          Select none
        </Button>
      </div>
      <ul className="sp-pick__list" aria-label={capital(noun)}>
        {!items && <Waiting />}
        {shown.map((item) => (
          <li key={item.id}>
            <Checkbox
              id={`${id}-${item.id}`}
              label={item.name}
              description={describe?.(item)}
              isChecked={selection.has(item.id)}
              onChange={() => onChange(toggle(selection, item.id))}
            />
          </li>
        ))}
        {items && shown.length === 0 && (
          <li className="sp-soft">
            {items.length === 0 ? `There are no ${noun}.` : `No ${noun} match “${query}”.`}
          </li>
        )}
      </ul>
    </fieldset>
  );
}

function Waiting() {
  return (
    <li>
      <Skeleton width="60%" screenreaderText="On its way" />
    </li>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
