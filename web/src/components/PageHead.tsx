import { type ReactNode, useEffect } from 'react';
import './page-head.css';

interface PageHeadProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** What one can do here. */
  readonly children?: ReactNode;
}

/** The beginning of each page: its name, a sentence, and what one can do. Names the window too. */
export function PageHead({ title, lead, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Sallyport`;
  }, [title]);
  return (
    <div className="sp-head">
      <div>
        <h1>{title}</h1>
        {lead && <p className="sp-soft">{lead}</p>}
      </div>
      {children && <div className="sp-head__acts">{children}</div>}
    </div>
  );
}
