import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ListState } from '../../app/use-list.ts';
import { type KubeconfigSearch, parseKubeconfigSearch } from '../../lib/kubeconfigs.ts';
import { listQuery } from '../../lib/lists.ts';

type Change = { readonly [K in keyof KubeconfigSearch]: KubeconfigSearch[K] | undefined };

/** Which kubeconfigs are shown, kept in the address bar. */
export function useKubeconfigList() {
  const raw = useSearch({ strict: false });
  const search = useMemo(() => parseKubeconfigSearch(raw), [raw]);
  const navigate = useNavigate();
  const go = (next: Change, replace: boolean) =>
    void navigate({ to: '.', search: parseKubeconfigSearch({ ...next }), replace });
  const { q = '', page = 1 } = search;
  const list: ListState = {
    ...{ q, page, query: listQuery({ q, page }) },
    setQ: (next) => go({ ...search, q: next, page: 1 }, true),
    setPage: (next, isCorrection = false) => go({ ...search, page: next }, isCorrection),
  };
  return {
    search,
    list,
    /** What is asked for anew begins at its first page. */
    change: (part: Change) => go({ ...search, ...part, page: 1 }, true),
    isFiltered: Object.keys(search).some((key) => key !== 'q' && key !== 'page'),
  };
}
