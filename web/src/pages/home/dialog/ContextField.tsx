import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import type { Environment } from '@sallyport/contract';
import { Field } from '../../../components/Field.tsx';

interface ContextFieldProps {
  /** Those that are ticked. */
  readonly environments: readonly Environment[];
  readonly current: Environment | undefined;
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
          value={current?.id ?? ''}
          isDisabled={environments.length === 0}
          onChange={(_, next) => onChange(Number(next))}
        >
          {environments.length === 0 && <FormSelectOption value="" label="Nothing selected" />}
          {environments.map(({ id, name }) => (
            <FormSelectOption key={id} value={id} label={name} />
          ))}
        </FormSelect>
      )}
    </Field>
  );
}
