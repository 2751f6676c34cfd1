import { FormGroup, FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';

/** What a control needs so that its label, help and error belong to it. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
  readonly validated: 'error' | 'default';
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly isRequired?: boolean;
  readonly children: (control: ControlProps) => ReactNode;
}

/** A label, its control, and below it what helps or what is wrong. */
export function Field({ id, label, help, error, isRequired = false, children }: FieldProps) {
  const note = error ?? help;
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      {children({
        id,
        validated: error ? 'error' : 'default',
        ...(note ? { 'aria-describedby': `${id}-note` } : {}),
        ...(error ? { 'aria-invalid': true } : {}),
      })}
      {note && (
        <FormHelperText>
          <HelperText id={`${id}-note`}>
            <HelperTextItem variant={error ? 'error' : 'default'}>{note}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
