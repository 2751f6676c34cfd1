import { Button, Checkbox, Skeleton } from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';
import { PAGE_SIZE } from '../../lib/lists.ts';
import { NOTHING_PICKED, type Picked, setPicked } from '../../lib/picked.ts';
import { shownState } from '../../lib/selection.ts';
import { Pager } from '../Pager.tsx';
import { SearchBox } from '../SearchBox.tsx';
import './pick.css';

export interface Pickable {
  readonly id: number;
  readonly name: string;
}

/** A list that is searched and paged on the server, as far as it was read. */
export interface PickPage<T> {
  /** Undefined while they are on their way. */
  readonly items: readonly T[] | undefined;
  /** How many match. */
  readonly total: number;
  /** How many there are; undefined while that is not known. */
  readonly all: number | undefined;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** Counted from 1. */
  readonly page: number;
  readonly onPage: (page: number) => void;
  /** Asks for all that match, wherever they are in the list. */
  readonly onAll: () => void;
  /** Set while that cannot be asked: it is on its way, or the list is. */
  readonly isBusy: boolean;
}

interface PickManyProps<T extends Pickable> {
  /** What is picked, in the plural. */
  readonly noun: string;
  readonly list: PickPage<T>;
  readonly picked: Picked;
  readonly onChange: (picked: Picked) => void;
  readonly describe?: (item: T) => ReactNode;
  readonly autoFocus?: boolean;
}

/** Tick boxes to pick several; neither the search nor another page unticks anything. */
export function PickMany<T extends Pickable>(props: PickManyProps<T>) {
  const { noun, list, picked, onChange, describe, autoFocus = false } = props;
  const { items, total, all, query, page } = list;
  const id = useId();
  const shown = items ?? [];
  const state = shownState(
    picked,
    shown.map((item) => item.id),
  );
  const hasMore = total > shown.length;

  return (
    <fieldset className="sp-pick">
      <legend className="sp-pick__legend">{capital(noun)}</legend>
      <SearchBox
        label={`Search ${noun}`}
        value={query}
        onChange={list.onQuery}
        autoFocus={autoFocus}
        wait={WAIT_MS}
      />
      <div className="sp-pick__all">
        <Checkbox
          id={`${id}-all`}
          label={`${query || hasMore ? 'Select all shown' : 'Select all'} (${shown.length})`}
          isChecked={state === 'some' ? null : state === 'all'}
          isDisabled={shown.length === 0}
          onChange={() => onChange(setPicked(picked, shown, state !== 'all'))}
        />
        {hasMore && (
          <Button variant="link" isInline isDisabled={list.isBusy} onClick={list.onAll}>
            {query ? `Select all ${total} that match` : `Select all ${total}`}
          </Button>
        )}
        <span className="sp-pick__count" role="status">
          {picked.size} of {all ?? '…'} selected
        </span>
        <Button
          variant="link"
          isInline
          isDisabled={picked.size === 0}
          onClick={() => onChange(NOTHING_PICKED)}
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
              isChecked={picked.has(item.id)}
              onChange={() => onChange(setPicked(picked, [item], !picked.has(item.id)))}
            />
          </li>
        ))}
        {items && shown.length === 0 && (
          <li className="sp-soft">
            {query ? `No ${noun} match “${query}”.` : `There are no ${noun}.`}
          </li>
        )}
      </ul>
      {total > PAGE_SIZE && (
        <Pager noun={noun} page={page} shown={shown.length} total={total} onPage={list.onPage} />
      )}
    </fieldset>
  );
}

/** How long after the last key the search begins, in milliseconds. */
const WAIT_MS = 150;

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
