import { type ReactNode, useState } from 'react';
import { useRoute } from '../app/client.ts';
import { Field } from '../components/Field.tsx';
import { ComboBox } from '../components/pick/ComboBox.tsx';
import type { Choice } from '../components/pick/PickOne.tsx';
import { useSettled } from '../components/use-settled.ts';

interface EnvironmentBoxProps {
  readonly id: string;
  readonly label: string;
  /** What having chosen none means. */
  readonly none: string;
  /** Can one go back to none? Unless it says false. */
  readonly offersNone?: boolean;
  readonly value: number | undefined;
  /** The one that was chosen for the person, whose name need not be asked for. */
  readonly known?: Choice | undefined;
  readonly onChange: (id: number | undefined) => void;
  readonly describedBy?: string | undefined;
}

/** Enough to choose from at sight; a word, or a label such as `env=prod`, finds the rest. */
const OFFERED = 50;
/** How long after the last key the server is asked, in milliseconds. */
const WAIT_MS = 120;

/** One of all environments, or none: nothing is asked of the server before the list is opened. */
export function EnvironmentBox(props: EnvironmentBoxProps) {
  const { id, label, none, offersNone, value, known, onChange, describedBy } = props;
  const [typed, setTyped] = useState<string>();
  const [last, setLast] = useState<Choice>();
  const wanted = typed?.trim() ?? '';
  const q = useSettled(wanted, WAIT_MS);
  const found = useRoute(
    'environments.list',
    { query: { limit: OFFERED, ...(q ? { q } : {}) } },
    { enabled: typed !== undefined, keep: true },
  );
  const name = useNameOf(value, last ?? known);
  return (
    <ComboBox
      id={id}
      label={label}
      noun="Environments"
      none={none}
      offersNone={offersNone}
      describedBy={describedBy}
      chosen={value === undefined ? undefined : { id: value, name }}
      onChoose={(choice) => {
        setLast(choice);
        onChange(choice?.id);
      }}
      list={{
        choices: found.data?.items,
        total: found.data?.total ?? 0,
        isBusy: q !== wanted || found.isPlaceholderData || found.isPending,
        error: found.error,
      }}
      onQuery={setTyped}
    />
  );
}

/** The same with its label above, as a field of a form or among the filters of a list. */
export function EnvironmentField({ help, ...props }: EnvironmentBoxProps & { help?: ReactNode }) {
  return (
    <Field id={props.id} label={props.label} help={help}>
      {(control) => <EnvironmentBox {...props} describedBy={control['aria-describedby']} />}
    </Field>
  );
}

/** The name of one that stands in the address bar, which nobody need have chosen here. */
function useNameOf(id: number | undefined, last: Choice | undefined): string {
  const isKnown = last !== undefined && last.id === id;
  const { data, error } = useRoute(
    'environments.get',
    { params: { id: id ?? 0 } },
    { enabled: id !== undefined && !isKnown },
  );
  if (isKnown) return last.name;
  // The audit log and the links into it outlive what they name.
  return data?.name ?? (error ? `Environment ${id}` : '…');
}
