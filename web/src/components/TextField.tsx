import { TextArea, TextInput } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { Field } from './Field.tsx';

interface TextFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly isRequired?: boolean;
  readonly type?: 'text' | 'password' | 'url' | 'datetime-local';
  readonly autoComplete?: string;
  readonly placeholder?: string;
  /** A field of several lines, in a typeface for code. */
  readonly rows?: number;
  readonly autoFocus?: boolean;
}

/** A labelled field for text. */
export function TextField({
  id,
  label,
  value,
  onChange,
  help,
  error,
  rows,
  ...rest
}: TextFieldProps) {
  const { isRequired = false, type = 'text', autoComplete = 'off', placeholder, autoFocus } = rest;
  return (
    <Field id={id} label={label} help={help} error={error} isRequired={isRequired}>
      {(control) =>
        rows ? (
          <TextArea
            {...control}
            className="sp-mono"
            rows={rows}
            value={value}
            onChange={(_, next) => onChange(next)}
            placeholder={placeholder}
            spellCheck={false}
            required={isRequired}
            resizeOrientation="vertical"
          />
        ) : (
          <TextInput
            {...control}
            type={type}
            value={value}
            onChange={(_, next) => onChange(next)}
            placeholder={placeholder}
            autoComplete={autoComplete}
            spellCheck={false}
            isRequired={isRequired}
            autoFocus={autoFocus}
          />
        )
      }
    </Field>
  );
}
