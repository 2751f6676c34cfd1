import { Skeleton } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import './data-table.css';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ReactNode;
  /** The one that names the row. */
  readonly main?: boolean;
  /** Shown to screen readers only, where the cells speak for themselves. */
  readonly quiet?: boolean;
}

interface DataTableProps<T> {
  readonly caption: string;
  readonly columns: ReadonlyArray<Column<T>>;
  /** Undefined while they are on their way. */
  readonly rows: readonly T[] | undefined;
  readonly keyOf: (row: T) => number | string;
}

const PLACEHOLDERS = [0, 1, 2];

/** A list as a real table; on narrow windows each row becomes a card whose cells name themselves. */
export function DataTable<T>({ caption, columns, rows, keyOf }: DataTableProps<T>) {
  return (
    <table className="sp-table" aria-busy={!rows}>
      <caption className="sp-visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ name, quiet }) => (
            <th key={name} scope="col">
              {quiet ? <span className="sp-visually-hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows?.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <Cell key={column.name} column={column} row={row} />
            ))}
          </tr>
        ))}
        {!rows &&
          PLACEHOLDERS.map((placeholder) => (
            <tr key={placeholder}>
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
