import { Button, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import { Field } from '../../components/Field.tsx';
import { Filters } from '../../components/Filters.tsx';
import { TextField } from '../../components/TextField.tsx';
import { useLateText } from '../../components/use-late-text.ts';
import { type AuditSearch, isoOf, localOf } from '../../lib/audit.ts';
import { EnvironmentField } from '../../panels/EnvironmentBox.tsx';
import type { useAuditSearch } from './use-audit-search.ts';

interface AuditFiltersProps {
  readonly search: AuditSearch;
  readonly onChange: ReturnType<typeof useAuditSearch>['change'];
  readonly onClear: () => void;
}

const ANSWERS = [
  { value: '2xx', label: 'Done (2xx)' },
  { value: '4xx', label: 'Refused (4xx)' },
  { value: '403', label: 'Forbidden (403)' },
  { value: '5xx', label: 'Failed (5xx)' },
];
const KINDS = [
  { value: 'proxy', label: 'Requests to clusters' },
  { value: 'act', label: 'Acts in Sallyport' },
];
const TEXTS = [
  { name: 'verb', label: 'Verb', placeholder: 'delete' },
  { name: 'namespace', label: 'Namespace', placeholder: 'team-a' },
] as const;
const TIMES = [
  { name: 'from', label: 'From' },
  { name: 'to', label: 'Until' },
] as const;

/** Which events to show: what is asked most often at once, the rest on demand. */
export function AuditFilters({ search, onChange, onClear }: AuditFiltersProps) {
  const hidden = MORE.filter((name) => search[name] !== undefined).length;
  const [isOpen, setOpen] = useState(hidden > 0);
  return (
    <Filters>
      <LateField
        id="audit-username"
        label="Who"
        placeholder="dana"
        value={search.username ?? ''}
        onChange={(username) => onChange({ username })}
      />
      <EnvironmentField
        id="audit-environment"
        label="Environment"
        none="All"
        value={search.environmentId}
        onChange={(environmentId) => onChange({ environmentId })}
      />
      <LateField
        id="audit-resource"
        label="Resource"
        placeholder="pods"
        value={search.resource ?? ''}
        onChange={(resource) => onChange({ resource })}
      />
      <Choice
        id="audit-status"
        label="Answer"
        all="Any"
        choices={withOwn(ANSWERS, search.status)}
        value={search.status}
        onChange={(status) => onChange({ status })}
      />
      <div className="sp-filters__acts">
        <Button variant="link" isInline aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Fewer filters' : 'More filters'}
          {hidden > 0 && !isOpen && ` (${hidden} set)`}
        </Button>
        <Button
          variant="link"
          isInline
          isDisabled={Object.keys(search).length === 0}
          onClick={onClear}
        >
          Clear filters
        </Button>
      </div>
      {isOpen && <MoreFields search={search} onChange={onChange} />}
    </Filters>
  );
}

/** What {@link MoreFields} asks. */
const MORE = ['kind', 'verb', 'namespace', 'from', 'to'] as const;

function MoreFields({ search, onChange }: Omit<AuditFiltersProps, 'onClear'>) {
  return (
    <>
      <Choice
        id="audit-kind"
        label="Kind"
        all="Everything"
        choices={KINDS}
        value={search.kind}
        onChange={(kind) =>
          onChange({ kind: kind === 'proxy' || kind === 'act' ? kind : undefined })
        }
      />
      {TEXTS.map(({ name, label, placeholder }) => (
        <LateField
          key={name}
          id={`audit-${name}`}
          label={label}
          placeholder={placeholder}
          value={search[name] ?? ''}
          onChange={(text) => onChange({ [name]: text })}
        />
      ))}
      {TIMES.map(({ name, label }) => (
        <TextField
          key={name}
          id={`audit-${name}`}
          label={label}
          type="datetime-local"
          value={localOf(search[name])}
          onChange={(local) => onChange({ [name]: isoOf(local) })}
        />
      ))}
    </>
  );
}

interface Option {
  readonly value: string;
  readonly label: string;
}

/** A status that somebody wrote into the address bar is a choice as well. */
function withOwn(options: readonly Option[], value: string | undefined): readonly Option[] {
  if (!value || options.some((option) => option.value === value)) return options;
  return [...options, { value, label: value }];
}

interface ChoiceProps {
  readonly id: string;
  readonly label: string;
  readonly all: string;
  readonly choices: readonly Option[];
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

function Choice({ id, label, all, choices, value, onChange }: ChoiceProps) {
  return (
    <Field id={id} label={label}>
      {(control) => (
        <FormSelect
          {...control}
          value={value ?? ''}
          onChange={(_, next) => onChange(next || undefined)}
        >
          <FormSelectOption value="" label={all} />
          {choices.map((choice) => (
            <FormSelectOption key={choice.value} {...choice} />
          ))}
        </FormSelect>
      )}
    </Field>
  );
}

interface LateFieldProps {
  readonly id: string;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** How long after the last key the search begins, in milliseconds. */
const WAIT_MS = 300;

function LateField({ value, onChange, ...rest }: LateFieldProps) {
  const { text, change } = useLateText(value, onChange, WAIT_MS);
  return <TextField {...rest} value={text} onChange={change} />;
}
