import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type AuditSearch, parseAuditSearch } from '../../lib/audit.ts';

type Change = { readonly [K in keyof AuditSearch]: AuditSearch[K] | undefined };

/** Which events are shown, kept in the address bar. */
export function useAuditSearch() {
  const raw = useSearch({ strict: false });
  const search = useMemo(() => parseAuditSearch(raw), [raw]);
  const navigate = useNavigate();
  const go = (next: Change) =>
    void navigate({ to: '.', search: parseAuditSearch(next), replace: true, resetScroll: false });
  return {
    search,
    change: (part: Change) => go({ ...search, ...part }),
    clear: () => go({}),
  };
}
