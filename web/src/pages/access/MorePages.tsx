import { Button } from '@patternfly/react-core';
import { EXPLORE_PAGE } from '../../lib/explore.ts';

interface MorePagesProps {
  readonly page: number;
  /** Environments in all. */
  readonly total: number;
  readonly onPage: (page: number) => void;
}

/** The way to the other environments of a long answer. */
export function MorePages({ page, total, onPage }: MorePagesProps) {
  const last = Math.max(1, Math.ceil(total / EXPLORE_PAGE));
  if (last === 1) return null;
  return (
    <nav className="sp-explore__pages" aria-label="Pages">
      <Button variant="secondary" isDisabled={page <= 1} onClick={() => onPage(page - 1)}>
        Previous
      </Button>
      <span>
        Page {page} of {last}, {total} environments
      </span>
      <Button variant="secondary" isDisabled={page >= last} onClick={() => onPage(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
