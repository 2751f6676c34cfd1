import { Radio } from '@patternfly/react-core';
import { useId } from 'react';
import { SearchBox } from '../SearchBox.tsx';
import './pick.css';

export interface Choice {
  readonly id: number;
  readonly name: string;
}

interface PickOneProps {
  readonly label: string;
  /** What matches the query, as far as the server gave it; undefined while it is on its way. */
  readonly choices: readonly Choice[] | undefined;
  /** How many match in all. */
  readonly total: number;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly chosen: Choice | undefined;
  readonly onChoose: (choice: Choice) => void;
  /** What it means that there is nothing to choose from at all. */
  readonly empty?: string;
}

/** One of many, found by a search on the server. What is chosen stays in sight. */
export function PickOne(props: PickOneProps) {
  const { label, choices, total, query, onQuery, chosen, onChoose, empty } = props;
  const id = useId();
  const hidden = chosen && !choices?.some((choice) => choice.id === chosen.id) ? [chosen] : [];
  const shown = [...hidden, ...(choices ?? [])];
  return (
    <fieldset className="sp-pick">
      <legend className="sp-pick__legend">{label}</legend>
      <SearchBox
        label={`Search ${label.toLowerCase()}`}
        value={query}
        onChange={onQuery}
        wait={200}
      />
      <ul className="sp-pick__list sp-pick__list--short" aria-label={label}>
        {shown.map((choice) => (
          <li key={choice.id}>
            <Radio
              id={`${id}-${choice.id}`}
              name={id}
              label={choice.name}
              isChecked={chosen?.id === choice.id}
              onChange={() => onChoose(choice)}
            />
          </li>
        ))}
        {choices?.length === 0 && (
          <li className="sp-soft">{query || !empty ? 'Nothing matches.' : empty}</li>
        )}
        {choices && total > choices.length && (
          <li className="sp-soft">{total - choices.length} more: type to find them.</li>
        )}
      </ul>
    </fieldset>
  );
}
