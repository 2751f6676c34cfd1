import { Radio } from '@patternfly/react-core';
import type { Settings } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { Panel } from '../../components/Panel.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { expiryLabel } from '../../lib/expiry.ts';
import { bytesInWords } from '../../lib/live.ts';
import { fieldError } from '../../lib/problems.ts';
import { dayOf } from '../../lib/time.ts';

type Audit = Pick<
  Settings,
  'auditRetention' | 'auditMaxEvents' | 'auditMaxBytes' | 'auditOverflow'
>;

interface AuditSettingsProps {
  readonly draft: Audit;
  readonly onChange: (part: Partial<Audit>) => void;
  readonly error: unknown;
}

const OVERFLOW = [
  {
    value: 'wait',
    label: 'Requests wait',
    help: 'Nothing is done unrecorded; after five seconds they are refused.',
  },
  {
    value: 'drop',
    label: 'Requests go on',
    help: 'Their events are counted and dropped. Acts in Sallyport are recorded in any case.',
  },
] as const;
const GB = 1_000_000_000;

/** How long and how much of the audit log is kept, with what it takes now. */
export function AuditSettings({ draft, onChange, error }: AuditSettingsProps) {
  return (
    <Panel
      title="Audit log"
      lead="What is over any of the three limits is removed within a minute, the oldest first."
    >
      <Usage />
      <div className="sp-pair">
        <TextField
          id="audit-retention"
          label="Keep events for"
          value={draft.auditRetention}
          onChange={(auditRetention) => onChange({ auditRetention })}
          error={fieldError(error, 'auditRetention')}
          help={`${expiryLabel(draft.auditRetention)}. Write 2160h, 90d and the like, or 0 for ever.`}
          isRequired
        />
        <TextField
          id="audit-max-events"
          label="At most, in events"
          value={String(draft.auditMaxEvents)}
          onChange={(text) => onChange({ auditMaxEvents: Number(text) })}
          error={fieldError(error, 'auditMaxEvents')}
          help="10000 and more."
          isRequired
        />
        <TextField
          id="audit-max-bytes"
          label="At most, in GB"
          value={String(draft.auditMaxBytes / GB)}
          onChange={(text) => onChange({ auditMaxBytes: Math.round(Number(text) * GB) })}
          error={fieldError(error, 'auditMaxBytes')}
          help="0.01 and more, or 0 for no limit."
          isRequired
        />
      </div>
      <fieldset className="sp-choices">
        <legend>While the log cannot be written as fast as it grows</legend>
        {OVERFLOW.map(({ value, label, help }) => (
          <Radio
            key={value}
            id={`overflow-${value}`}
            name="overflow"
            label={label}
            description={help}
            isChecked={draft.auditOverflow === value}
            onChange={() => onChange({ auditOverflow: value })}
          />
        ))}
      </fieldset>
    </Panel>
  );
}

function Usage() {
  const { data, error, refetch } = useRoute('audit.usage');
  if (error) {
    return (
      <ProblemNote error={error} title="What the log takes could not be read" onRetry={refetch} />
    );
  }
  if (!data) return <p className="sp-soft">Now: …</p>;
  const { events, bytes, oldest, dropped } = data;
  return (
    <p className="sp-soft">
      Now: {events.toLocaleString('en')} events, {bytesInWords(bytes)}
      {oldest && `, since ${dayOf(new Date(oldest))}`}.{' '}
      {dropped > 0 &&
        `${dropped.toLocaleString('en')} events were dropped since Sallyport was started.`}
    </p>
  );
}
