import type { AuditItem } from '@sallyport/contract';
import { Tag } from '../../components/Tag.tsx';
import { toneOf } from '../../lib/audit.ts';

/** How an event ended: the status, and why Sallyport refused where it did. */
export function Answer({ event }: { event: AuditItem }) {
  const { status, code, aborted, stage } = event;
  return (
    <>
      <Tag tone={toneOf(event)}>{status === null ? 'No answer' : String(status)}</Tag>
      {stage === 'ResponseStarted' && <span className="sp-soft"> stream began</span>}
      {aborted && <span className="sp-soft"> client went away</span>}
      {code && <span className="sp-audit__code sp-mono">{code}</span>}
    </>
  );
}
