import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import type { BulkResult, UserBulk } from '@sallyport/contract';
import { useId, useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { type Choice, PickOne } from '../../components/pick/PickOne.tsx';
import { useBulk } from './use-bulk.ts';

interface BulkDialogProps {
  readonly act: UserBulk['act'];
  readonly ids: number[];
  readonly onClose: () => void;
  /** Once it is done, whatever became of each. */
  readonly onDone: () => void;
}

const WORDS = {
  disable: {
    verb: 'Disable',
    done: 'disabled',
    note: 'They cannot sign in, and their kubeconfigs and API tokens are revoked for good. Their grants are kept. You yourself and the last admin are left as they are.',
  },
  enable: {
    verb: 'Enable',
    done: 'enabled',
    note: 'They may sign in again, and their grants count again. For clusters they make new kubeconfigs.',
  },
  delete: {
    verb: 'Delete',
    done: 'deleted',
    note: 'Their grants end, and their kubeconfigs and API tokens are refused from the next request on. This cannot be taken back. You yourself and the last admin are left as they are.',
  },
  addToTeam: {
    verb: 'Add',
    done: 'added',
    note: 'What is granted to the team, each of them may do.',
  },
  removeFromTeam: { verb: 'Take out', done: 'taken out', note: '' },
} as const;

/** Asks, does it, and says what became of each. */
export function BulkDialog({ act, ids, onClose, onDone }: BulkDialogProps) {
  const id = useId();
  const { verb, note, done } = WORDS[act];
  const { run, results, isPending, isSuccess, error } = useBulk();
  const [team, setTeam] = useState<Choice>();
  const needsTeam = act === 'addToTeam';
  const people = ids.length === 1 ? '1 user' : `${ids.length} users`;

  function close() {
    if (results.length > 0) onDone();
    onClose();
  }

  return (
    <Modal isOpen variant="small" onClose={close} aria-labelledby={id}>
      <ModalHeader
        title={needsTeam ? `Add ${people} to a team` : `${verb} ${people}?`}
        labelId={id}
      />
      <ModalBody>
        <div className="sp-stack">
          <ProblemNote error={error} />
          {results.length === 0 && <p>{note}</p>}
          {results.length === 0 && needsTeam && <PickTeam chosen={team} onChoose={setTeam} />}
          <div role="status" className="sp-stack">
            {isPending && (
              <p>
                {results.length} of {ids.length} …
              </p>
            )}
            {results.length > 0 && !isPending && <Outcome results={results} done={done} />}
          </div>
        </div>
      </ModalBody>
      <ModalFooter>
        {!isSuccess && (
          <Button
            variant={act === 'delete' ? 'danger' : 'primary'}
            isLoading={isPending}
            isDisabled={isPending || (needsTeam && !team)}
            onClick={() => run({ act, ids, ...(needsTeam && team ? { teamId: team.id } : {}) })}
          >
            {needsTeam && team ? `Add to ${team.name}` : verb}
          </Button>
        )}
        <Button variant={isSuccess ? 'primary' : 'link'} onClick={close}>
          {isSuccess ? 'Done' : 'Cancel'}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function Outcome({ results, done }: { results: readonly BulkResult[]; done: string }) {
  const of = (outcome: BulkResult['outcome']) =>
    results.filter((result) => result.outcome === outcome);
  const refused = of('refused');
  const unchanged = of('unchanged').length;
  return (
    <>
      <p>
        {of('done').length} {done}
        {unchanged > 0 && `, ${unchanged} were so already`}
        {refused.length > 0 && `, ${refused.length} refused`}.
      </p>
      {refused.length > 0 && (
        <ul className="sp-refused">
          {refused.map(({ id, name, message }) => (
            <li key={id}>
              <b>{name ?? `User ${id}`}</b>: {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Enough to choose from; the search finds the rest. */
const OFFERED = 20;

interface PickTeamProps {
  readonly chosen: Choice | undefined;
  readonly onChoose: (team: Choice) => void;
}

function PickTeam({ chosen, onChoose }: PickTeamProps) {
  const [query, setQuery] = useState('');
  const { data } = useRoute(
    'teams.list',
    { query: { limit: OFFERED, ...(query ? { q: query } : {}) } },
    { keep: true },
  );
  return (
    <PickOne
      label="Teams"
      choices={data?.items}
      total={data?.total ?? 0}
      query={query}
      onQuery={setQuery}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}
