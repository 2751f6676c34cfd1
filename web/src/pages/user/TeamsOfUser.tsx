import { Button } from '@patternfly/react-core';
import type { User } from '@sallyport/contract';
import { useState } from 'react';
import { useAct, useRoute } from '../../app/client.ts';
import { answerOf } from '../../app/foresee.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { type Choice, PickOne } from '../../components/pick/PickOne.tsx';
import './teams-of-user.css';

const STALE = ['teams.', 'users.', 'environments.', 'grants.', 'auth.'];
/** Enough to choose from; the search finds the rest. */
const OFFERED = 20;

/** The teams that somebody is in: take them out of one, put them into another. */
export function TeamsOfUser({ user: { id, teams } }: { user: User }) {
  const remove = useAct('teams.removeMember', {
    stale: STALE,
    foresee: ({ params }) => [
      answerOf('users.get', (user) =>
        user.id === params.userId
          ? { ...user, teams: user.teams.filter((team) => team.id !== params.id) }
          : user,
      ),
    ],
  });
  const [adding, setAdding] = useState(false);
  return (
    <div className="sp-stack">
      <ProblemNote
        error={remove.error}
        onRetry={() => remove.variables && remove.mutate(remove.variables)}
      />
      {teams.length === 0 && <p className="sp-soft">In no team.</p>}
      <ul className="sp-their-teams">
        {teams.map((team) => (
          <li key={team.id}>
            {team.name}
            <Button
              variant="link"
              isInline
              isDanger
              aria-label={`Take out of ${team.name}`}
              onClick={() => remove.mutate({ params: { id: team.id, userId: id } })}
            >
              Take out
            </Button>
          </li>
        ))}
      </ul>
      {adding ? (
        <AddToTeam userId={id} onDone={() => setAdding(false)} />
      ) : (
        <div>
          <Button variant="secondary" onClick={() => setAdding(true)}>
            Add to a team
          </Button>
        </div>
      )}
    </div>
  );
}

function AddToTeam({ userId, onDone }: { userId: number; onDone: () => void }) {
  const add = useAct('teams.addMember', { stale: STALE });
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<Choice>();
  const { data } = useRoute(
    'teams.list',
    { query: { limit: OFFERED, withoutUserId: userId, ...(query ? { q: query } : {}) } },
    { keep: true },
  );
  return (
    <>
      <ProblemNote error={add.error} />
      <PickOne
        label="Teams"
        choices={data?.items}
        total={data?.total ?? 0}
        query={query}
        onQuery={setQuery}
        empty="There is no other team."
        chosen={chosen}
        onChoose={setChosen}
      />
      <div className="sp-row">
        <Button
          isDisabled={!chosen || add.isPending}
          isLoading={add.isPending}
          onClick={() =>
            chosen &&
            add.mutate({ params: { id: chosen.id }, body: { userId } }, { onSuccess: onDone })
          }
        >
          {chosen ? `Add to ${chosen.name}` : 'Add'}
        </Button>
        <Button variant="link" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </>
  );
}
