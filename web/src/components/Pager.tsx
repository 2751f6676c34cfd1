import { Button } from '@patternfly/react-core';
import { useEffect, useEffectEvent } from 'react';
import { PAGE_SIZE, rangeInWords } from '../lib/lists.ts';
import './pager.css';

interface PagerProps {
  /** What the pages are of, where there are several such lists. */
  readonly noun?: string;
  readonly page: number;
  readonly shown: number;
  readonly total: number;
  /** `isCorrection`: the page before was none, and no place to go back to. */
  readonly onPage: (page: number, isCorrection?: boolean) => void;
}

/** The pages before and after of a list; nothing where one page holds it all. */
export function Pager({ noun = 'this list', page, shown, total, onPage }: PagerProps) {
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const isBeyond = shown === 0 && page > last;
  const correct = useEffectEvent(() => onPage(last, true));
  // Such as after the last row of the last page was removed.
  useEffect(() => {
    if (isBeyond) correct();
  }, [isBeyond]);
  if (total <= PAGE_SIZE && page === 1) return null;
  return (
    <nav className="sp-pager" aria-label={`Pages of ${noun}`}>
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
