import { TextField } from '../../components/TextField.tsx';

interface UntilFieldProps {
  readonly until: string;
  readonly onChange: (until: string) => void;
  readonly error: string | undefined;
}

/** When a grant ends by itself. */
export function UntilField({ until, onChange, error }: UntilFieldProps) {
  return (
    <TextField
      id="grant-until"
      label="Until (optional)"
      type="datetime-local"
      value={until}
      onChange={onChange}
      error={error}
      help="In your time zone. Empty: no end."
    />
  );
}
