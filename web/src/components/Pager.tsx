import { Button } from '@patternfly/react-core';
import { PAGE_SIZE, rangeInWords } from '../lib/lists.ts';
import './pager.css';

interface PagerProps {
  readonly page: number;
  readonly shown: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}

/** The pages before and after of a list; nothing where one page holds it all. */
export function Pager({ page, shown, total, onPage }: PagerProps) {
  if (total <= PAGE_SIZE && page === 1) return null;
  return (
    <nav className="sp-pager" aria-label="Pages of this list">
      <span className="sp-soft" aria-live="polite">
        {rangeInWords(page, shown, total)}
      </span>
      <Button variant="secondary" isDisabled={page <= 1} onClick={() => onPage(page - 1)}>
        Previous
      </Button>
      <Button
        variant="secondary"
        isDisabled={page * PAGE_SIZE >= total}
        onClick={() => onPage(page + 1)}
      >
        Next
      </Button>
    </nav>
  );
}
