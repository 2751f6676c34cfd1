import { Button } from '@patternfly/react-core';
import type { Grant } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import type { Column } from '../../components/DataTable.tsx';
import { Icon } from '../../components/Icon.tsx';
import { ListPage } from '../../components/ListPage.tsx';
import { RowMenu } from '../../components/RowMenu.tsx';
import { Tag } from '../../components/Tag.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { scopeInWords } from '../../lib/access.ts';
import { isFiltered, placeInWords } from '../../lib/grants.ts';
import { NOTHING, type Selection } from '../../lib/selection.ts';
import { AddGrantDialog } from './AddGrantDialog.tsx';
import { BINDINGS_SHOWN, Bindings } from './Bindings.tsx';
import { EditGrantDialog } from './EditGrantDialog.tsx';
import { EndGrantDialog } from './EndGrantDialog.tsx';
import { EndGrantsDialog } from './EndGrantsDialog.tsx';
import { GrantFilters } from './GrantFilters.tsx';
import { useGrantSearch } from './use-grant-search.ts';
import './grants.css';

/** How often the state of bindings is asked for again, in milliseconds. */
const REFRESH_MS = 15_000;

type Open =
  | { readonly act: 'add' | 'endSelected' }
  | { readonly act: 'edit' | 'end'; grant: Grant };

/** Who may do what where. */
export function GrantsPage() {
  const { search, change, clear, ...list } = useGrantSearch();
  const answer = useRoute(
    'grants.list',
    { query: { ...list.query, reach: BINDINGS_SHOWN } },
    { refetchInterval: REFRESH_MS, keep: true },
  );
  const environments = useRoute('environments.names');
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const nameOf = (id: number) =>
    environments.data?.items.find((environment) => environment.id === id)?.name ??
    `environment ${id}`;

  const columns: ReadonlyArray<Column<Grant>> = [
    {
      name: 'Who',
      main: true,
      cell: ({ subject, userId, teamId }) => (
        <span className="sp-subject">
          <Icon name={teamId === null ? 'user' : 'team'} />
          <button
            type="button"
            className="sp-subject__only"
            title={`Show only the grants of ${subject}`}
            onClick={() => change({ userId: userId ?? undefined, teamId: teamId ?? undefined })}
          >
            {teamId === null ? subject : `Team ${subject}`}
          </button>
        </span>
      ),
    },
    {
      name: 'May do',
      cell: ({ role, namespaces, namespaceSelector, note }) => (
        <>
          <b>{role}</b> {scopeInWords(namespaces, namespaceSelector)}
          {note && <span className="sp-grant-note">{note}</span>}
        </>
      ),
    },
    { name: 'In', cell: (grant) => <Where grant={grant} nameOf={nameOf} /> },
    { name: 'Until', cell: (grant) => <Until {...grant} /> },
    {
      name: 'Act',
      quiet: true,
      cell: (grant) => (
        <RowMenu
          label={`What to do with the grant of ${grant.role} to ${grant.subject}`}
          acts={[
            { name: 'Edit', run: () => setOpen({ act: 'edit', grant }) },
            { name: 'End', isDanger: true, run: () => setOpen({ act: 'end', grant }) },
          ]}
        />
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
      empty={
        isFiltered(search)
          ? { title: 'No grant matches', note: 'Clear the filters to see the others.' }
          : {
              title: 'No grant yet',
              note: 'Without one nobody may enter an environment, admins included.',
            }
      }
      select={{
        selection,
        onChange: setSelection,
        idOf: ({ id }) => id,
        nameOf: ({ role, subject }) => `the grant of ${role} to ${subject}`,
      }}
      bar={
        <>
          <GrantFilters search={search} onChange={change} onClear={clear} />
          <div className="sp-grant-acts">
            <span className="sp-soft" role="status">
              {selection.size === 0 ? 'None selected' : `${selection.size} selected`}
            </span>
            <Button
              variant="secondary"
              size="sm"
              isDanger
              isDisabled={selection.size === 0}
              onClick={() => setOpen({ act: 'endSelected' })}
            >
              End selected
            </Button>
          </div>
        </>
      }
      add={{ name: 'Add grant', run: () => setOpen({ act: 'add' }) }}
    >
      {open?.act === 'add' && <AddGrantDialog onClose={close} />}
      {open?.act === 'edit' && <EditGrantDialog grant={open.grant} onClose={close} />}
      {open?.act === 'end' && <EndGrantDialog grant={open.grant} onClose={close} />}
      {open?.act === 'endSelected' && (
        <EndGrantsDialog
          ids={[...selection]}
          onClose={close}
          onDone={() => setSelection(NOTHING)}
        />
      )}
    </ListPage>
  );
}

function Where({ grant, nameOf }: { grant: Grant; nameOf: (id: number) => string }) {
  const { allEnvironments, environmentSelector, bindings, state } = grant;
  const byLabel = allEnvironments || environmentSelector !== null;
  return (
    <>
      {(byLabel || state === 'ended') && placeInWords(grant)}
      {byLabel && state === 'active' && bindings.length === 0 && (
        <span className="sp-bindings__why">There is none now.</span>
      )}
      <Bindings grant={grant} nameOf={nameOf} />
    </>
  );
}

function Until({ expiresAt, state }: Grant) {
  if (expiresAt === null) return <span className="sp-soft">no end</span>;
  return (
    <>
      <TimeText time={expiresAt} form="day" /> {state === 'ended' && <Tag tone="bad">Ended</Tag>}
    </>
  );
}
