import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';

interface CodeFieldProps {
  readonly id: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Of the last attempt. */
  readonly error: unknown;
  /** Set where a recovery code does not do. */
  readonly appOnly?: boolean;
  readonly autoFocus?: boolean;
}

/** The field for a one-time code. It takes letters, for recovery codes. */
export function CodeField({ id, value, onChange, error, appOnly, autoFocus }: CodeFieldProps) {
  return (
    <TextField
      id={id}
      label="Code"
      value={value}
      onChange={onChange}
      error={fieldError(error, 'code')}
      help={
        appOnly
          ? 'The 6 digits that your app shows.'
          : 'The 6 digits of your app, or a recovery code.'
      }
      autoComplete="one-time-code"
      isRequired
      {...(autoFocus ? { autoFocus } : {})}
    />
  );
}
