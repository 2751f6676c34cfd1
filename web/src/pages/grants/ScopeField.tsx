import { Radio } from '@patternfly/react-core';
import { TextField } from '../../components/TextField.tsx';
import '../environments/environments.css';
import type { GrantDraft } from './draft.ts';

interface ScopeFieldProps {
  readonly scope: GrantDraft['scope'];
  readonly namespaces: string;
  readonly onChange: (part: Partial<GrantDraft>) => void;
  readonly error: string | undefined;
}

const SCOPES = [
  { scope: 'cluster', label: 'The whole cluster' },
  { scope: 'namespaces', label: 'These namespaces' },
] as const;

/** The whole cluster, or named namespaces. */
export function ScopeField({ scope, namespaces, onChange, error }: ScopeFieldProps) {
  return (
    <>
      <fieldset className="sp-kinds">
        <legend>Where the role holds</legend>
        {SCOPES.map((choice) => (
          <Radio
            key={choice.scope}
            id={`grant-scope-${choice.scope}`}
            name="grant-scope"
            label={choice.label}
            isChecked={scope === choice.scope}
            onChange={() => onChange({ scope: choice.scope })}
          />
        ))}
      </fieldset>
      {scope === 'namespaces' && (
        <TextField
          id="grant-namespaces"
          label="Namespaces"
          placeholder="team-a, team-b"
          value={namespaces}
          onChange={(next) => onChange({ namespaces: next })}
          error={error}
          help="Separated by commas. One that does not exist yet is kept for when it does."
          isRequired
        />
      )}
    </>
  );
}
