import { Button } from '@patternfly/react-core';
import type { Grant } from '@sallyport/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { allEnvironmentsQuery } from '../../app/all-environments.ts';
import { useRoute } from '../../app/client.ts';
import { useList } from '../../app/use-list.ts';
import type { Column } from '../../components/DataTable.tsx';
import { Icon } from '../../components/Icon.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { scopeInWords } from '../../lib/access.ts';
import { AddGrantDialog } from './AddGrantDialog.tsx';
import { Bindings } from './Bindings.tsx';
import { EndGrantDialog } from './EndGrantDialog.tsx';

/** How often the state of bindings is asked for again, in milliseconds. */
const REFRESH_MS = 15_000;

/** Who may do what where. */
export function GrantsPage() {
  const list = useList();
  const answer = useRoute(
    'grants.list',
    { query: list.query },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const environments = useQuery(allEnvironmentsQuery('registered'));
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Grant>();
  const nameOf = (id: number) =>
    environments.data?.find((environment) => environment.id === id)?.name ?? `environment ${id}`;

  const columns: ReadonlyArray<Column<Grant>> = [
    {
      name: 'Who',
      main: true,
      cell: ({ subject, teamId }) => (
        <span className="sp-subject">
          <Icon name={teamId === null ? 'user' : 'team'} />
          {teamId === null ? subject : `Team ${subject}`}
        </span>
      ),
    },
    {
      name: 'May do',
      cell: ({ role, namespaces }) => (
        <>
          <b>{role}</b> {scopeInWords(namespaces)}
        </>
      ),
    },
    { name: 'In', cell: ({ bindings }) => <Bindings bindings={bindings} nameOf={nameOf} /> },
    {
      name: 'Until',
      cell: ({ expiresAt }) =>
        expiresAt ? (
          <TimeText time={expiresAt} form="day" />
        ) : (
          <span className="sp-soft">no end</span>
        ),
    },
    {
      name: 'Act',
      quiet: true,
      cell: (grant) => (
        <Button
          variant="link"
          isDanger
          aria-label={`End the grant of ${grant.role} to ${grant.subject}`}
          onClick={() => setEnding(grant)}
        >
          End
        </Button>
      ),
    },
  ];

  return (
    <ListPage
      title="Grants"
      lead="Who may do what, in which environments, until when."
      noun="grants"
      columns={columns}
      list={list}
      answer={answer}
      empty={{
        title: 'No grant yet',
        note: 'Without one nobody may enter an environment, admins included.',
      }}
      add={{ name: 'Add grant', run: () => setAdding(true) }}
    >
      {adding && <AddGrantDialog onClose={() => setAdding(false)} />}
      {ending && <EndGrantDialog grant={ending} onClose={() => setEnding(undefined)} />}
    </ListPage>
  );
}
