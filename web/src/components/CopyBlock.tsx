import { useId } from 'react';
import { CopyButton } from './CopyLine.tsx';
import './copy-line.css';

/** Several lines to paste elsewhere, in a box of bounded height, with a button that copies them. */
export function CopyBlock({ label, text }: { label: string; text: string }) {
  const id = useId();
  return (
    <div className="sp-copy">
      <span className="sp-copy__label" id={id}>
        {label}
      </span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      <section className="sp-copy__block" tabIndex={0} aria-labelledby={id}>
        <pre className="sp-mono">{text}</pre>
      </section>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </div>
  );
}
