import type { Role } from '@sallyport/contract';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useList } from '../../app/use-list.ts';
import type { Column } from '../../components/DataTable.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { RowMenu } from '../../components/RowMenu.tsx';
import { Tag } from '../../components/Tag.tsx';
import { roleInWords } from '../../lib/rules.ts';
import { DeleteRoleDialog } from './RoleDialogs.tsx';
import './roles.css';

/** What can be granted: the roles that every cluster has, and those made here. */
export function RolesPage() {
  const list = useList();
  const navigate = useNavigate();
  const answer = useRoute('roles.list', { query: list.query }, { keep: true });
  const [deleting, setDeleting] = useState<Role>();
  const open = (id: string) => void navigate({ to: '/roles/$id', params: { id } });

  const columns: ReadonlyArray<Column<Role>> = [
    {
      name: 'Role',
      main: true,
      cell: ({ id, name }) => (
        <Link to="/roles/$id" params={{ id: String(id) }}>
          {name}
        </Link>
      ),
    },
    { name: 'What it is for', cell: ({ description }) => description || '–' },
    { name: 'Made of', cell: (role) => roleInWords(role) },
    { name: 'Warnings', cell: (role) => <WarningCount role={role} /> },
    { name: 'Grants', cell: ({ grants }) => grants },
    {
      name: 'Act',
      quiet: true,
      cell: (role) => (
        <RowMenu
          label={`What to do with ${role.name}`}
          acts={[
            { name: role.builtin ? 'Look at it' : 'Change', run: () => open(String(role.id)) },
            ...(role.builtin
              ? []
              : [{ name: 'Delete', isDanger: true, run: () => setDeleting(role) }]),
          ]}
        />
      ),
    },
  ];

  return (
    <ListPage
      title="Roles"
      lead="What a grant allows inside a cluster."
      noun="roles"
      columns={columns}
      list={list}
      answer={answer}
      empty={{ title: 'No role' }}
      add={{ name: 'New role', run: () => open('new') }}
    >
      {deleting && <DeleteRoleDialog role={deleting} onClose={() => setDeleting(undefined)} />}
    </ListPage>
  );
}

/** How many things of it lead to more than they name. */
function WarningCount({ role: { warnings } }: { role: Role }) {
  const leading = warnings.filter(({ level }) => level === 'escalation').length;
  if (leading === 0) return <span className="sp-soft">–</span>;
  return <Tag tone="warn">{leading === 1 ? '1 warning' : `${leading} warnings`}</Tag>;
}
