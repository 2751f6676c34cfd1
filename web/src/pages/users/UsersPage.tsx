import type { User } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import type { Column } from '../../components/DataTable.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { Tag } from '../../components/Tag.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { NOTHING, type Selection } from '../../lib/selection.ts';
import { AddUserDialog } from './AddUserDialog.tsx';
import { BulkBar } from './BulkBar.tsx';
import { SecondFactorFilter } from './SecondFactorFilter.tsx';
import { UserActDialog } from './UserActDialog.tsx';
import { type UserAct, UserMenu } from './UserMenu.tsx';
import { useUserList } from './use-user-list.ts';

/** Who may sign in. What they may do in clusters is on the Grants page. */
export function UsersPage() {
  const me = useMe();
  const list = useUserList();
  const answer = useRoute('users.list', { query: list.query }, { keep: true });
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [adding, setAdding] = useState(false);
  const [act, setAct] = useState<{ act: UserAct; user: User }>();

  const columns: ReadonlyArray<Column<User>> = [
    {
      name: 'Username',
      main: true,
      cell: ({ id, username }) => (
        <>
          <Link to="/users/$id" params={{ id: String(id) }}>
            {username}
          </Link>
          {id === me.id && ' (you)'}
        </>
      ),
    },
    {
      name: 'Role',
      cell: ({ role }) => (role === 'admin' ? <Tag tone="good">Admin</Tag> : 'User'),
    },
    {
      name: 'Teams',
      cell: ({ teams }) =>
        teams.map(({ name }) => name).join(', ') || <span className="sp-soft">none</span>,
    },
    {
      name: 'State',
      cell: ({ disabled, signIn }) =>
        disabled ? (
          <Tag tone="bad">Disabled</Tag>
        ) : signIn === 'provider' ? (
          'Signs in through the provider'
        ) : (
          'May sign in'
        ),
    },
    {
      name: 'Second factor',
      cell: ({ secondFactor }) =>
        secondFactor ? <Tag tone="good">On</Tag> : <span className="sp-soft">none</span>,
    },
    { name: 'Added', cell: ({ createdAt }) => <TimeText time={createdAt} /> },
    {
      name: 'Act',
      quiet: true,
      cell: (user) => <UserMenu user={user} onAct={(chosen) => setAct({ act: chosen, user })} />,
    },
  ];

  return (
    <ListPage
      title="Users"
      lead="Who may sign in. What they may do in clusters comes from grants."
      noun="users"
      columns={columns}
      list={list}
      answer={answer}
      empty={{ title: 'Nobody yet' }}
      select={{
        selection,
        onChange: setSelection,
        idOf: ({ id }) => id,
        nameOf: ({ username }) => username,
      }}
      bar={
        <>
          <SecondFactorFilter value={list.secondFactor} onChange={list.setSecondFactor} />
          <BulkBar
            selection={selection}
            onChange={setSelection}
            total={answer.data?.total}
            filter={list.filter}
          />
        </>
      }
      isFiltered={list.secondFactor !== undefined}
      add={{ name: 'Add user', run: () => setAdding(true) }}
    >
      {adding && <AddUserDialog onClose={() => setAdding(false)} />}
      {act && <UserActDialog {...act} onClose={() => setAct(undefined)} />}
    </ListPage>
  );
}
