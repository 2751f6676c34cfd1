import './labels.css';

/** A word about a row: its state, its kind. */
export function Tag({ tone, children }: { tone?: 'good' | 'warn' | 'bad'; children: string }) {
  return (
    <span className="sp-tag" data-tone={tone}>
      {children}
    </span>
  );
}
