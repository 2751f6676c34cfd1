import type { RoleWarning } from '@sallyport/contract';

/** What to mind about a role or a rule of it, one sentence each. */
export function Warnings({ of }: { of: readonly RoleWarning[] }) {
  if (of.length === 0) return null;
  return (
    <ul className="sp-warnings" aria-label="Mind this">
      {of.map(({ level, message }) => (
        <li key={message} data-level={level}>
          {message}
        </li>
      ))}
    </ul>
  );
}
