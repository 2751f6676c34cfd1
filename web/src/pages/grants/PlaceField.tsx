import { Radio } from '@patternfly/react-core';
import { useEnvironmentPick } from '../../app/use-environment-pick.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { PickMany } from '../../components/pick/PickMany.tsx';
import { TextField } from '../../components/TextField.tsx';
import { selectorProblem } from '../../lib/grants.ts';
import type { Picked } from '../../lib/picked.ts';
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
  const setPicked = (picked: Picked) => onChange({ environments: picked });
  const {
    list,
    error: readError,
    refetch,
  } = useEnvironmentPick('registered', environments, setPicked);
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
          <ProblemNote error={readError} onRetry={refetch} />
          <PickMany noun="environments" list={list} picked={environments} onChange={setPicked} />
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
