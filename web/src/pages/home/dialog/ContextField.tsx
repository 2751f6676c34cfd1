import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { Field } from '../../../components/Field.tsx';
import type { Picked } from '../../../lib/picked.ts';

interface ContextFieldProps {
  /** Those that are ticked. */
  readonly environments: Picked;
  readonly current: number | undefined;
  readonly onChange: (id: number) => void;
}

/** Which of the ticked environments kubectl talks to at first. */
export function ContextField({ environments, current, onChange }: ContextFieldProps) {
  return (
    <Field
      id="kubeconfig-context"
      label="Current context"
      help="Where kubectl goes unless told otherwise."
    >
      {(control) => (
        <FormSelect
          {...control}
          value={current ?? ''}
          isDisabled={environments.size === 0}
          onChange={(_, next) => onChange(Number(next))}
        >
          {environments.size === 0 && <FormSelectOption value="" label="Nothing selected" />}
          {[...environments].map(([id, name]) => (
            <FormSelectOption key={id} value={id} label={name} />
          ))}
        </FormSelect>
      )}
    </Field>
  );
}
