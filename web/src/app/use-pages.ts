import { useState } from 'react';
import { listQuery } from '../lib/lists.ts';

/** The page of a list that is part of a page, and so has no place in the address bar. */
export function usePages() {
  const [page, setPage] = useState(1);
  return { page, setPage, query: listQuery({ page }) };
}

export type Pages = ReturnType<typeof usePages>;
