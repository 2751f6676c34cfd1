import { Radio } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { allEnvironmentsQuery } from '../../app/all-environments.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { PickMany } from '../../components/pick/PickMany.tsx';
import { TextField } from '../../components/TextField.tsx';
import { selectorProblem } from '../../lib/grants.ts';
import '../environments/environments.css';
import type { GrantDraft } from './draft.ts';

interface PlaceFieldProps {
  readonly draft: GrantDraft;
  readonly onChange: (part: Partial<GrantDraft>) => void;
  readonly error: string | undefined;
}

const PLACES = [
  { place: 'named', label: 'These environments' },
  { place: 'selected', label: 'Those with certain labels' },
  { place: 'all', label: 'Every environment, those to come included' },
] as const;

/** The environments of a grant: named, chosen by label, or all. */
export function PlaceField({ draft, onChange, error }: PlaceFieldProps) {
  const { place, environments, environmentSelector } = draft;
  const all = useQuery(allEnvironmentsQuery('registered'));
  return (
    <>
      <fieldset className="sp-kinds sp-kinds--tall">
        <legend>Where</legend>
        {PLACES.map((choice) => (
          <Radio
            key={choice.place}
            id={`grant-place-${choice.place}`}
            name="grant-place"
            label={choice.label}
            isChecked={place === choice.place}
            onChange={() => onChange({ place: choice.place })}
          />
        ))}
      </fieldset>
      {place === 'named' && (
        <>
          <ProblemNote error={all.error} onRetry={all.refetch} />
          <PickMany
            noun="environments"
            items={all.data}
            selection={environments}
            onChange={(selection) => onChange({ environments: selection })}
          />
        </>
      )}
      {place === 'selected' && (
        <TextField
          id="grant-environment-selector"
          label="Labels of the environments"
          placeholder="env=prod,tier in (a,b),!old"
          value={environmentSelector}
          onChange={(next) => onChange({ environmentSelector: next })}
          error={selectorProblem(environmentSelector) ?? error}
          help="As kubectl -l takes it. An environment is covered as soon as it is labelled so."
          isRequired
        />
      )}
    </>
  );
}
