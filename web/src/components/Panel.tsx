import type { ReactNode } from 'react';
import { useId } from 'react';
import './panel.css';

interface PanelProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** With its head above, for what needs the whole width. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A part of a page under a heading of its own. */
export function Panel({ title, lead, wide = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className="sp-panel" data-wide={wide || undefined} aria-labelledby={id}>
      <div className="sp-panel__head">
        <h2 id={id}>{title}</h2>
        {lead && <p className="sp-soft">{lead}</p>}
      </div>
      <div className="sp-panel__body">{children}</div>
    </section>
  );
}
