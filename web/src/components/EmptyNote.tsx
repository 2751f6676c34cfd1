import type { ReactNode } from 'react';
import './empty-note.css';

interface EmptyNoteProps {
  readonly title: string;
  /** What that means and what to do next. */
  readonly children?: ReactNode;
  readonly act?: ReactNode;
}

/** Stands where a list has nothing to show, and says what to do next. */
export function EmptyNote({ title, children, act }: EmptyNoteProps) {
  return (
    <div className="sp-empty">
      <svg aria-hidden="true" width="72" height="64" viewBox="0 0 72 64">
        <path d="M4 62V34a32 32 0 0 1 64 0v28M18 62V36a18 18 0 0 1 36 0v26M30 62V40a6 6 0 0 1 12 0v22M0 62h72" />
      </svg>
      <h2>{title}</h2>
      {children && <div className="sp-soft">{children}</div>}
      {act && <div className="sp-row">{act}</div>}
    </div>
  );
}
