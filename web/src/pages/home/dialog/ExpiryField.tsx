import { FormSelect, FormSelectOption, Skeleton } from '@patternfly/react-core';
import { Field } from '../../../components/Field.tsx';
import { expiryChoices, expiryInWords, expiryLabel } from '../../../lib/expiry.ts';

interface ExpiryFieldProps {
  /** The setting, once it is known. */
  readonly setting: string | undefined;
  /** What was chosen instead. */
  readonly value: string | undefined;
  readonly onChange: (expiry: string) => void;
}

/** How long the file will live: as the setting says, or shorter. */
export function ExpiryField({ setting, value, onChange }: ExpiryFieldProps) {
  if (setting === undefined) return <Skeleton height="4.5rem" screenreaderText="On its way" />;
  const expiry = value ?? setting;
  return (
    <Field
      id="kubeconfig-expiry"
      label="Expiry"
      help={<span role="status">{expiryInWords(expiry, new Date())}.</span>}
    >
      {(control) => (
        <FormSelect {...control} value={expiry} onChange={(_, next) => onChange(next)}>
          {expiryChoices(setting).map((choice) => (
            <FormSelectOption
              key={choice}
              value={choice}
              label={
                choice === setting ? `${expiryLabel(choice)} (the setting)` : expiryLabel(choice)
              }
            />
          ))}
        </FormSelect>
      )}
    </Field>
  );
}
