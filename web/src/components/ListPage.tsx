import { Button } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { ListState } from '../app/use-list.ts';
import { type Column, DataTable, type RowSelection } from './DataTable.tsx';
import { EmptyNote } from './EmptyNote.tsx';
import { Icon } from './Icon.tsx';
import { PageHead } from './PageHead.tsx';
import { Pager } from './Pager.tsx';
import { ProblemNote } from './ProblemNote.tsx';
import { SearchBox } from './SearchBox.tsx';

interface ListPageProps<T> {
  readonly title: string;
  readonly lead: string;
  /** What is listed, in the plural: `teams`. */
  readonly noun: string;
  readonly columns: ReadonlyArray<Column<T>>;
  readonly list: ListState;
  /** What the API answered, as far as it has. */
  readonly answer: {
    readonly data: { readonly items: readonly T[]; readonly total: number } | undefined;
    readonly error: unknown;
    readonly refetch?: () => unknown;
  };
  /** Stands in place of the list while there is none at all. */
  readonly empty: { readonly title: string; readonly note?: ReactNode };
  readonly add?: { readonly name: string; readonly run: () => void };
  /** Gives each row a box to tick. */
  readonly select?: RowSelection<T> | undefined;
  /** Stands between the head and the list: filters, or what to do with what is ticked. */
  readonly bar?: ReactNode;
  /** Further things to do with the list as a whole, beside its search. */
  readonly acts?: ReactNode;
  /** Set while something besides the search narrows the list down. */
  readonly isFiltered?: boolean;
  /** The dialogs that are open. */
  readonly children?: ReactNode;
}

/** A page that is one list: searched and paged on the server, its state in the address bar. */
export function ListPage<T extends { readonly id: number }>(props: ListPageProps<T>) {
  const { title, lead, noun, columns, list, answer, empty, add, select, bar, children } = props;
  const { acts, isFiltered = false } = props;
  const { data, error } = answer;
  return (
    <>
      <PageHead title={title} lead={lead}>
        <SearchBox label={`Search ${noun}`} value={list.q} onChange={list.setQ} wait={200} />
        {add && (
          <Button icon={<Icon name="plus" />} onClick={add.run}>
            {add.name}
          </Button>
        )}
        {acts}
      </PageHead>
      <div className="sp-stack">
        <ProblemNote
          error={error}
          title={`The ${noun} could not be read`}
          onRetry={answer.refetch}
        />
        {bar}
        {data?.total === 0 ? (
          <EmptyNote title={emptyTitle(list.q, isFiltered) ?? empty.title}>
            {!list.q && !isFiltered && empty.note}
          </EmptyNote>
        ) : (
          (data || !error) && (
            <DataTable
              caption={title}
              columns={columns}
              rows={data?.items}
              keyOf={idOf}
              select={select}
            />
          )
        )}
      </div>
      {data && (
        <Pager
          page={list.page}
          shown={data.items.length}
          total={data.total}
          onPage={list.setPage}
        />
      )}
      {children}
    </>
  );
}

function emptyTitle(q: string, isFiltered: boolean): string | undefined {
  if (q) return `Nothing matches “${q}”`;
  return isFiltered ? 'Nothing matches' : undefined;
}

function idOf({ id }: { readonly id: number }): number {
  return id;
}
