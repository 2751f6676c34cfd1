import { Button } from '@patternfly/react-core';
import type { Team } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useList } from '../../app/use-list.ts';
import type { Column } from '../../components/DataTable.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { RowMenu } from '../../components/RowMenu.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { MembersDialog } from './MembersDialog.tsx';
import { AddTeamDialog, DeleteTeamDialog } from './TeamDialogs.tsx';

/** People in groups, so that one grant serves them all. */
export function TeamsPage() {
  const list = useList();
  const answer = useRoute('teams.list', { query: list.query }, { keep: true });
  const [adding, setAdding] = useState(false);
  const [membersOf, setMembersOf] = useState<Team>();
  const [deleting, setDeleting] = useState<Team>();

  const columns: ReadonlyArray<Column<Team>> = [
    { name: 'Team', main: true, cell: ({ name }) => name },
    {
      name: 'Members',
      cell: (team) => (
        <Button variant="link" isInline onClick={() => setMembersOf(team)}>
          {team.members === 1 ? '1 member' : `${team.members} members`}
          <span className="sp-visually-hidden"> of {team.name}</span>
        </Button>
      ),
    },
    { name: 'Added', cell: ({ createdAt }) => <TimeText time={createdAt} /> },
    {
      name: 'Act',
      quiet: true,
      cell: (team) => (
        <RowMenu
          label={`What to do with ${team.name}`}
          acts={[
            { name: 'Members', run: () => setMembersOf(team) },
            { name: 'Delete', isDanger: true, run: () => setDeleting(team) },
          ]}
        />
      ),
    },
  ];

  return (
    <ListPage
      title="Teams"
      lead="What is granted to a team, each of its members may do."
      noun="teams"
      columns={columns}
      list={list}
      answer={answer}
      empty={{
        title: 'No team yet',
        note: 'A team saves you from granting the same thing to each person.',
      }}
      add={{ name: 'Add team', run: () => setAdding(true) }}
    >
      {adding && <AddTeamDialog onClose={() => setAdding(false)} />}
      {membersOf && <MembersDialog team={membersOf} onClose={() => setMembersOf(undefined)} />}
      {deleting && <DeleteTeamDialog team={deleting} onClose={() => setDeleting(undefined)} />}
    </ListPage>
  );
}
