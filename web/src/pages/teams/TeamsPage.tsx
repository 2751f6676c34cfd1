import { Button } from '@patternfly/react-core';
import type { Team } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useList } from '../../app/use-list.ts';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyNote } from '../../components/EmptyNote.tsx';
import { Icon } from '../../components/Icon.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Pager } from '../../components/Pager.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { RowMenu } from '../../components/RowMenu.tsx';
import { SearchBox } from '../../components/SearchBox.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { MembersDialog } from './MembersDialog.tsx';
import { AddTeamDialog, DeleteTeamDialog } from './TeamDialogs.tsx';

/** People in groups, so that one grant serves them all. */
export function TeamsPage() {
  const list = useList();
  const { data, error } = useRoute('teams.list', { query: list.query }, { keep: true });
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

  const add = (
    <Button icon={<Icon name="plus" />} onClick={() => setAdding(true)}>
      Add team
    </Button>
  );

  return (
    <>
      <PageHead title="Teams" lead="What is granted to a team, each of its members may do.">
        <SearchBox label="Search teams" value={list.q} onChange={list.setQ} wait={200} />
        {add}
      </PageHead>
      <div className="sp-stack">
        <ProblemNote error={error} title="The teams could not be read" />
        {data?.total === 0 ? (
          <EmptyNote title={list.q ? `Nothing matches “${list.q}”` : 'No team yet'}>
            {!list.q && 'A team saves you from granting the same thing to each person.'}
          </EmptyNote>
        ) : (
          (data || !error) && (
            <DataTable caption="Teams" columns={columns} rows={data?.items} keyOf={(t) => t.id} />
          )
        )}
      </div>
      {data && (
        <Pager
          page={list.page}
          shown={data.items.length}
          total={data.total}
          onPage={list.setPage}
        />
      )}
      {adding && <AddTeamDialog onClose={() => setAdding(false)} />}
      {membersOf && <MembersDialog team={membersOf} onClose={() => setMembersOf(undefined)} />}
      {deleting && <DeleteTeamDialog team={deleting} onClose={() => setDeleting(undefined)} />}
    </>
  );
}
