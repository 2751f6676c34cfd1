import './labels.css';

/** The labels of an environment, as small tags. */
export function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <ul className="sp-labels">
      {entries.map(([key, value]) => (
        <li key={key} className="sp-tag">
          {key}
          {value && <b>{value}</b>}
        </li>
      ))}
    </ul>
  );
}
