import { Radio } from '@patternfly/react-core';
import type { Environment } from '@sallyport/contract';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';
import './environments.css';

/** What an environment is called and how it is governed, as a person fills it in. */
export interface About {
  readonly name: string;
  /** As {@link import('../../lib/labels.ts').parseLabels} reads it. */
  readonly labels: string;
  readonly rbac: Environment['rbac'];
}

interface AboutFieldsProps {
  readonly about: About;
  readonly onChange: (about: About) => void;
  readonly labelsError: string | undefined;
  readonly error: unknown;
  /** The names are given elsewhere, since there are several. */
  readonly several?: boolean;
}

const MODES = [
  {
    rbac: 'managed',
    label: 'Sallyport',
    help: 'Grants become bindings in the cluster by themselves, and go when they end.',
  },
  {
    rbac: 'external',
    label: 'The cluster’s owner',
    help: 'Sallyport only says who somebody is; bindings are written elsewhere, by GitOps say.',
  },
] as const;

/** Name, labels and RBAC mode. */
export function AboutFields({
  about,
  onChange,
  labelsError,
  error,
  several = false,
}: AboutFieldsProps) {
  return (
    <>
      <div className="sp-pair">
        {!several && (
          <TextField
            id="environment-name"
            label="Name"
            value={about.name}
            onChange={(name) => onChange({ ...about, name })}
            error={fieldError(error, 'name')}
            isRequired
          />
        )}
        <TextField
          id="environment-labels"
          label="Labels"
          placeholder="env=prod, region=eu"
          value={about.labels}
          onChange={(labels) => onChange({ ...about, labels })}
          error={labelsError ?? fieldError(error, 'labels')}
        />
      </div>
      <fieldset className="sp-kinds sp-kinds--tall">
        <legend>Who writes the RBAC bindings in the cluster</legend>
        {MODES.map(({ rbac, label, help }) => (
          <Radio
            key={rbac}
            id={`rbac-${rbac}`}
            name="rbac"
            label={label}
            description={help}
            isChecked={about.rbac === rbac}
            onChange={() => onChange({ ...about, rbac })}
          />
        ))}
      </fieldset>
    </>
  );
}
