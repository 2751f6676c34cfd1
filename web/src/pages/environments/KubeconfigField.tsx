import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { Field } from '../../components/Field.tsx';
import { FileTextField } from '../../components/FileTextField.tsx';
import { kubeconfigHints } from '../../lib/kubeconfig-text.ts';

interface KubeconfigFieldProps {
  readonly kubeconfig: string;
  readonly context: string;
  readonly onChange: (part: { kubeconfig?: string; context?: string }) => void;
  readonly error: string | undefined;
  /** The context is chosen elsewhere. */
  readonly several: boolean;
}

/** A kubeconfig, pasted, dropped or chosen as a file; and which of its contexts, if it has several. */
export function KubeconfigField({
  kubeconfig,
  context,
  onChange,
  error,
  several,
}: KubeconfigFieldProps) {
  const { contexts, currentContext } = kubeconfigHints(kubeconfig);

  return (
    <>
      <FileTextField
        id="source-kubeconfig"
        label="Kubeconfig"
        rows={7}
        value={kubeconfig}
        onChange={(next) => onChange({ kubeconfig: next, context: '' })}
        error={error}
        help="Paste it, drop the file here, or choose it. It is stored encrypted, and never shown again."
      />
      {contexts.length > 1 && !several && (
        <Field id="source-context" label="Context" help="The cluster to register.">
          {(control) => (
            <FormSelect
              {...control}
              value={context || currentContext || contexts[0]}
              onChange={(_, next) => onChange({ context: next })}
            >
              {contexts.map((name) => (
                <FormSelectOption key={name} value={name} label={name} />
              ))}
            </FormSelect>
          )}
        </Field>
      )}
    </>
  );
}
