import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import type { Team } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useAct, useRoute } from '../../app/client.ts';
import { rowsOf } from '../../app/foresee.ts';
import { usePages } from '../../app/use-pages.ts';
import { Pager } from '../../components/Pager.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { type Choice, PickOne } from '../../components/pick/PickOne.tsx';
import './members.css';

const STALE = ['teams.', 'users.', 'environments.', 'auth.'];
/** Enough to choose from; the search finds the rest. */
const OFFERED = 20;

/** Who is in a team: put somebody in, take somebody out. */
export function MembersDialog({ team, onClose }: { team: Team; onClose: () => void }) {
  const id = useId();
  const pages = usePages();
  const members = useRoute(
    'teams.members',
    { params: { id: team.id }, query: pages.query },
    { keep: true },
  );
  const add = useAct('teams.addMember', { stale: STALE });
  const remove = useAct('teams.removeMember', {
    stale: STALE,
    foresee: ({ params }) => [
      rowsOf('teams.members', (row) => (row.userId === params.userId ? undefined : row)),
    ],
  });
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<Choice>();
  const users = useRoute(
    'users.list',
    { query: { limit: OFFERED, notInTeamId: team.id, ...(query ? { q: query } : {}) } },
    { keep: true },
  );

  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby={id}>
      <ModalHeader title={`Members of ${team.name}`} labelId={id} />
      <ModalBody>
        <div className="sp-stack">
          <ProblemNote error={add.error ?? members.error ?? users.error} />
          <ProblemNote
            error={remove.error}
            onRetry={() => remove.variables && remove.mutate(remove.variables)}
          />
          <ul className="sp-members" aria-label={`Members of ${team.name}`}>
            {members.data?.items.map(({ userId, username }) => (
              <li key={userId}>
                <Link to="/users/$id" params={{ id: String(userId) }}>
                  {username}
                </Link>
                <Button
                  variant="link"
                  isDanger
                  isInline
                  aria-label={`Take out ${username}`}
                  onClick={() => remove.mutate({ params: { id: team.id, userId } })}
                >
                  Take out
                </Button>
              </li>
            ))}
            {members.data?.total === 0 && <li className="sp-soft">Nobody yet.</li>}
          </ul>
          {members.data && (
            <Pager
              page={pages.page}
              shown={members.data.items.length}
              total={members.data.total}
              onPage={pages.setPage}
            />
          )}
          <PickOne
            label="Users"
            choices={users.data?.items.map((user) => ({ id: user.id, name: user.username }))}
            total={users.data?.total ?? 0}
            query={query}
            onQuery={setQuery}
            empty="Everybody is a member already."
            chosen={chosen}
            onChoose={setChosen}
          />
          <div>
            <Button
              variant="secondary"
              isDisabled={!chosen || add.isPending}
              isLoading={add.isPending}
              onClick={() =>
                chosen &&
                add.mutate(
                  { params: { id: team.id }, body: { userId: chosen.id } },
                  { onSuccess: () => setChosen(undefined) },
                )
              }
            >
              {chosen ? `Add ${chosen.name}` : 'Add'}
            </Button>
          </div>
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Done</Button>
      </ModalFooter>
    </Modal>
  );
}
