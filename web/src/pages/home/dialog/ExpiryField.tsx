import { FormSelect, FormSelectOption, Skeleton } from '@patternfly/react-core';
import type { ExpiryPolicy } from '@sallyport/contract';
import { Field } from '../../../components/Field.tsx';
import { expiryChoices, expiryInWords, expiryLabel } from '../../../lib/expiry.ts';

interface ExpiryFieldProps {
  /** What is allowed, once it is known. */
  readonly policy: ExpiryPolicy | undefined;
  /** What was chosen instead. */
  readonly value: string | undefined;
  readonly onChange: (expiry: string) => void;
}

/** How long the file will live: as the setting says, or whatever else is allowed. */
export function ExpiryField({ policy, value, onChange }: ExpiryFieldProps) {
  if (policy === undefined) return <Skeleton height="4.5rem" screenreaderText="On its way" />;
  const setting = policy.default;
  const expiry = value ?? setting;
  return (
    <Field
      id="kubeconfig-expiry"
      label="Expiry"
      help={<span role="status">{expiryInWords(expiry, new Date())}.</span>}
    >
      {(control) => (
        <FormSelect {...control} value={expiry} onChange={(_, next) => onChange(next)}>
          {expiryChoices(policy).map((choice) => (
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
