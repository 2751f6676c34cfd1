import { Link } from '@tanstack/react-router';
import './parts.css';

interface PartsProps {
  /** What these are parts of, for screen readers. */
  readonly label: string;
  readonly parts: ReadonlyArray<{ readonly key: string; readonly name: string }>;
  readonly current: string;
}

/** The parts of a page, each with an address of its own; the first has the plain one. */
export function Parts({ label, parts, current }: PartsProps) {
  return (
    <nav className="sp-parts" aria-label={label}>
      {parts.map(({ key, name }, index) => (
        <Link
          key={key}
          to="."
          search={index === 0 ? {} : { part: key }}
          data-current={key === current || undefined}
          activeProps={{}}
          resetScroll={false}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
