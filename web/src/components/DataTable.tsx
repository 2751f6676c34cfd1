import { Skeleton } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { type Selection, setShown, shownState, toggle } from '../lib/selection.ts';
import './data-table.css';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ReactNode;
  /** The one that names the row. */
  readonly main?: boolean;
  /** Shown to screen readers only, where the cells speak for themselves. */
  readonly quiet?: boolean;
}

/** Which rows are ticked, and what to do when that changes. */
export interface RowSelection<T> {
  readonly selection: Selection;
  readonly onChange: (selection: Selection) => void;
  readonly idOf: (row: T) => number;
  /** What a row is called. */
  readonly nameOf: (row: T) => string;
}

interface DataTableProps<T> {
  readonly caption: string;
  readonly columns: ReadonlyArray<Column<T>>;
  /** Undefined while they are on their way. */
  readonly rows: readonly T[] | undefined;
  readonly keyOf: (row: T) => number | string;
  /** Gives each row a box to tick, and the head one for all that are shown. */
  readonly select?: RowSelection<T> | undefined;
  /** How many rows are held free while they are on their way: about as many as there will be. */
  readonly expected?: number;
}

/** A list as a real table; on narrow windows each row becomes a card whose cells name themselves. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { caption, columns, rows, keyOf, select, expected = 3 } = props;
  return (
    <table className="sp-table" aria-busy={!rows}>
      <caption className="sp-visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {select && <SelectAll {...select} rows={rows} />}
          {columns.map(({ name, quiet }) => (
            <th key={name} scope="col">
              {quiet ? <span className="sp-visually-hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows?.map((row) => (
          <tr key={keyOf(row)} data-ticked={select?.selection.has(select.idOf(row)) || undefined}>
            {select && <SelectRow {...select} row={row} />}
            {columns.map((column) => (
              <Cell key={column.name} column={column} row={row} />
            ))}
          </tr>
        ))}
        {!rows &&
          Array.from({ length: expected }, (_, placeholder) => placeholder).map((placeholder) => (
            <tr key={placeholder}>
              {select && <td />}
              {columns.map(({ name }) => (
                <td key={name}>
                  <Skeleton width="70%" screenreaderText="On its way" />
                </td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Cell<T>({ column: { name, main, quiet, cell }, row }: { column: Column<T>; row: T }) {
  if (main) {
    return (
      <th scope="row" className="sp-table__main">
        {cell(row)}
      </th>
    );
  }
  return (
    <td data-name={quiet ? undefined : name} data-quiet={quiet || undefined}>
      {cell(row)}
    </td>
  );
}

type SelectAllProps<T> = RowSelection<T> & Pick<DataTableProps<T>, 'rows'>;

function SelectAll<T>({ selection, onChange, rows = [], idOf }: SelectAllProps<T>) {
  const ids = rows.map(idOf);
  const state = shownState(selection, ids);
  return (
    <th scope="col" className="sp-table__tick">
      <label>
        <input
          type="checkbox"
          checked={state === 'all'}
          disabled={ids.length === 0}
          ref={(box) => {
            if (box) box.indeterminate = state === 'some';
          }}
          onChange={() => onChange(setShown(selection, ids, state !== 'all'))}
        />
        <span>Select all on this page</span>
      </label>
    </th>
  );
}

type SelectRowProps<T> = RowSelection<T> & { readonly row: T };

function SelectRow<T>({ selection, onChange, nameOf, idOf, row }: SelectRowProps<T>) {
  const id = idOf(row);
  return (
    <td className="sp-table__tick">
      <input
        type="checkbox"
        aria-label={`Select ${nameOf(row)}`}
        checked={selection.has(id)}
        onChange={() => onChange(toggle(selection, id))}
      />
    </td>
  );
}
