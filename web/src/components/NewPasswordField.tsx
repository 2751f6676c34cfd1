import { fieldError } from '../lib/problems.ts';
import { TextField } from './TextField.tsx';

interface NewPasswordFieldProps {
  readonly id: string;
  readonly label: string;
  /** What the API calls it. */
  readonly path: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Whatever went wrong, if anything did. */
  readonly error: unknown;
  readonly autoFocus?: boolean;
}

/** A field for a password that is being chosen. */
export function NewPasswordField({ path, error, ...rest }: NewPasswordFieldProps) {
  return (
    <TextField
      {...rest}
      type="password"
      autoComplete="new-password"
      error={fieldError(error, path)}
      help="At least 12 characters."
      isRequired
    />
  );
}
