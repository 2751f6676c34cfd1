import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { type DragEvent, useState } from 'react';
import { Field } from '../../components/Field.tsx';
import { TextField } from '../../components/TextField.tsx';
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
  const [isOver, setOver] = useState(false);
  const { contexts, currentContext } = kubeconfigHints(kubeconfig);

  async function read(file: File | undefined) {
    if (file) onChange({ kubeconfig: await file.text(), context: '' });
  }
  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    void read(event.dataTransfer.files[0]);
  }

  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the same is done by pasting or by the file button below */}
      <div
        className="sp-drop"
        data-over={isOver || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <TextField
          id="source-kubeconfig"
          label="Kubeconfig"
          rows={7}
          value={kubeconfig}
          onChange={(next) => onChange({ kubeconfig: next, context: '' })}
          error={error}
          help="Paste it, drop the file here, or choose it. It is stored encrypted, and never shown again."
          isRequired
        />
        <label className="sp-file">
          Choose a file
          <input
            type="file"
            onChange={(event) => {
              void read(event.target.files?.[0]);
              event.target.value = '';
            }}
          />
        </label>
      </div>
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
