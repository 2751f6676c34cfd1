import { Radio } from '@patternfly/react-core';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { PickOne } from '../../components/pick/PickOne.tsx';
import '../environments/environments.css';
import type { GrantDraft } from './draft.ts';

interface SubjectFieldProps {
  readonly draft: GrantDraft;
  readonly onChange: (part: Partial<GrantDraft>) => void;
}

/** Enough to choose from; the search finds the rest. */
const OFFERED = 20;
const KINDS = [
  { to: 'user', label: 'A user' },
  { to: 'team', label: 'A team' },
] as const;

/** Whom the grant is for. */
export function SubjectField({ draft: { to, subject }, onChange }: SubjectFieldProps) {
  const [q, setQ] = useState('');
  const query = { limit: OFFERED, ...(q ? { q } : {}) };
  const users = useRoute('users.list', { query }, { enabled: to === 'user', keep: true });
  const teams = useRoute('teams.list', { query }, { enabled: to === 'team', keep: true });
  const found =
    to === 'user'
      ? users.data && {
          total: users.data.total,
          items: users.data.items.map(({ id, username }) => ({ id, name: username })),
        }
      : teams.data;

  return (
    <>
      <fieldset className="sp-kinds">
        <legend>For</legend>
        {KINDS.map((kind) => (
          <Radio
            key={kind.to}
            id={`grant-to-${kind.to}`}
            name="grant-to"
            label={kind.label}
            isChecked={to === kind.to}
            onChange={() => onChange({ to: kind.to, subject: undefined })}
          />
        ))}
      </fieldset>
      <PickOne
        label={to === 'user' ? 'Users' : 'Teams'}
        choices={found?.items}
        total={found?.total ?? 0}
        query={q}
        onQuery={setQ}
        chosen={subject}
        onChoose={(choice) => onChange({ subject: choice })}
      />
    </>
  );
}
