import './labels.css';

interface LabelsProps {
  readonly labels: Readonly<Record<string, string>>;
  /** How many are shown; the others are counted, and named on hover. */
  readonly most?: number;
}

/** The labels of an environment, as small tags. */
export function Labels({ labels, most = Number.POSITIVE_INFINITY }: LabelsProps) {
  const all = Object.entries(labels);
  // One that is left out would take no more room than saying so.
  const entries = all.length <= most + 1 ? all : all.slice(0, most);
  const others = all.slice(entries.length);
  if (all.length === 0) return null;
  return (
    <ul className="sp-labels">
      {entries.map(([key, value]) => (
        <li key={key} className="sp-tag">
          {key}
          {value && <b>{value}</b>}
        </li>
      ))}
      {others.length > 0 && (
        <li
          className="sp-tag"
          title={others.map(([key, value]) => (value ? `${key}=${value}` : key)).join(', ')}
        >
          {others.length} more
        </li>
      )}
    </ul>
  );
}
