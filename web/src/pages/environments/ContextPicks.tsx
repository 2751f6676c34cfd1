import { Checkbox, TextInput } from '@patternfly/react-core';
import { useId } from 'react';
import { type ContextPick, nameProblem } from '../../lib/contexts.ts';

interface ContextPicksProps {
  readonly picks: readonly ContextPick[];
  readonly taken: readonly string[];
  readonly onChange: (picks: readonly ContextPick[]) => void;
}

/** Which contexts of a kubeconfig become environments, and under which names. */
export function ContextPicks({ picks, taken, onChange }: ContextPicksProps) {
  const id = useId();
  const set = (context: string, part: Partial<ContextPick>) =>
    onChange(picks.map((pick) => (pick.context === context ? { ...pick, ...part } : pick)));
  const all = picks.every(({ ticked }) => ticked);

  return (
    <fieldset className="sp-contexts">
      <legend>Contexts to add</legend>
      <Checkbox
        id={`${id}-all`}
        label={`All ${picks.length}`}
        isChecked={all ? true : picks.some(({ ticked }) => ticked) ? null : false}
        onChange={() => onChange(picks.map((pick) => ({ ...pick, ticked: !all })))}
      />
      <ul>
        {picks.map((pick, index) => {
          const problem = nameProblem(pick, picks, taken);
          const note = `${id}-${index}-note`;
          return (
            <li key={pick.context}>
              <Checkbox
                id={`${id}-${index}`}
                label={pick.context}
                isChecked={pick.ticked}
                onChange={(_, ticked) => set(pick.context, { ticked })}
              />
              <TextInput
                aria-label={`Name for ${pick.context}`}
                value={pick.name}
                isDisabled={!pick.ticked}
                validated={problem ? 'error' : 'default'}
                {...(problem ? { 'aria-describedby': note } : {})}
                onChange={(_, name) => set(pick.context, { name })}
              />
              {problem && (
                <span id={note} className="sp-contexts__problem">
                  {problem}
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}
