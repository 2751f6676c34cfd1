import { Button } from '@patternfly/react-core';
import type { UserBulk } from '@sallyport/contract';
import { useState } from 'react';
import { useNotify } from '../../components/Notices.tsx';
import { NOTHING, type Selection } from '../../lib/selection.ts';
import { BulkDialog } from './BulkDialog.tsx';
import { idsMatching, type UserQuery } from './use-bulk.ts';
import './bulk.css';

interface BulkBarProps {
  readonly selection: Selection;
  readonly onChange: (selection: Selection) => void;
  /** How many match the search, and the search as the API takes it. */
  readonly total: number | undefined;
  readonly filter: UserQuery;
}

const ACTS = [
  { act: 'disable', name: 'Disable' },
  { act: 'enable', name: 'Enable' },
  { act: 'addToTeam', name: 'Add to a team' },
  { act: 'delete', name: 'Delete' },
] as const;

/** What to do with the users that are ticked. It is always there, so that nothing jumps. */
export function BulkBar({ selection, onChange, total = 0, filter }: BulkBarProps) {
  const notify = useNotify();
  const [act, setAct] = useState<UserBulk['act']>();
  const count = selection.size;

  async function selectMatching() {
    try {
      onChange(new Set(await idsMatching(filter)));
    } catch {
      notify('They could not be selected: Sallyport did not answer.', 'bad');
    }
  }

  return (
    <fieldset className="sp-bulk">
      <legend className="sp-visually-hidden">What to do with those selected</legend>
      <span className="sp-bulk__count" role="status">
        {count === 0 ? 'None selected' : `${count} selected`}
      </span>
      {ACTS.map(({ act: key, name }) => (
        <Button
          key={key}
          variant="secondary"
          size="sm"
          isDanger={key === 'delete'}
          isDisabled={count === 0}
          onClick={() => setAct(key)}
        >
          {name}
        </Button>
      ))}
      <Button
        variant="link"
        isInline
        isDisabled={total === 0}
        onClick={() => void selectMatching()}
      >
        {Object.keys(filter).length > 0 ? `Select all ${total} that match` : `Select all ${total}`}
      </Button>
      <Button variant="link" isInline isDisabled={count === 0} onClick={() => onChange(NOTHING)}>
        Select none
      </Button>
      {act && (
        <BulkDialog
          act={act}
          ids={[...selection]}
          onClose={() => setAct(undefined)}
          onDone={() => onChange(NOTHING)}
        />
      )}
    </fieldset>
  );
}
