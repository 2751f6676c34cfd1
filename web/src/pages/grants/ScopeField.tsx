import { Radio } from '@patternfly/react-core';
import { TextField } from '../../components/TextField.tsx';
import { selectorProblem } from '../../lib/grants.ts';
import '../environments/environments.css';
import type { GrantDraft } from './draft.ts';

interface ScopeFieldProps {
  readonly draft: GrantDraft;
  readonly onChange: (part: Partial<GrantDraft>) => void;
  readonly error: string | undefined;
}

const SCOPES = [
  { scope: 'cluster', label: 'The whole cluster' },
  { scope: 'namespaces', label: 'These namespaces' },
  { scope: 'selected', label: 'Namespaces with certain labels' },
] as const;

/** The whole cluster, named namespaces, or those with certain labels. */
export function ScopeField({ draft, onChange, error }: ScopeFieldProps) {
  const { scope, namespaces, namespaceSelector } = draft;
  return (
    <>
      <fieldset className="sp-kinds sp-kinds--tall">
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
      {scope === 'selected' && (
        <TextField
          id="grant-namespace-selector"
          label="Labels of the namespaces"
          placeholder="team=payments"
          value={namespaceSelector}
          onChange={(next) => onChange({ namespaceSelector: next })}
          error={selectorProblem(namespaceSelector) ?? error}
          help="As kubectl -l takes it. Whoever may label namespaces in the cluster decides with it."
          isRequired
        />
      )}
    </>
  );
}
