import type { ReactNode } from 'react';
import type { Pages } from '../app/use-pages.ts';
import { type Column, DataTable } from './DataTable.tsx';
import { Pager } from './Pager.tsx';
import { ProblemNote } from './ProblemNote.tsx';

interface PartListProps<T> {
  readonly caption: string;
  readonly columns: ReadonlyArray<Column<T>>;
  readonly pages: Pages;
  /** What the API answered, as far as it has. */
  readonly answer: {
    readonly data: { readonly items: readonly T[]; readonly total: number } | undefined;
    readonly error: unknown;
    readonly refetch?: () => unknown;
  };
  /** Stands in place of the list while there is nothing in it. */
  readonly empty: ReactNode;
}

/** A list that is a part of a page: paged on the server, calm where it is empty. */
export function PartList<T extends { readonly id: number }>(props: PartListProps<T>) {
  const { caption, columns, pages, answer, empty } = props;
  const { data, error } = answer;
  return (
    <div className="sp-stack">
      <ProblemNote
        error={error}
        title={`${caption}: this could not be read`}
        onRetry={answer.refetch}
      />
      {data?.total === 0 && <p className="sp-soft">{empty}</p>}
      {data?.total !== 0 && (data || !error) && (
        <DataTable
          caption={caption}
          columns={columns}
          rows={data?.items}
          keyOf={idOf}
          expected={1}
        />
      )}
      {data && (
        <Pager
          page={pages.page}
          shown={data.items.length}
          total={data.total}
          onPage={pages.setPage}
        />
      )}
    </div>
  );
}

function idOf({ id }: { readonly id: number }): number {
  return id;
}
