import type { Environment } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { CapacityText } from '../../components/CapacityText.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { Labels } from '../../components/Labels.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { accessInWords } from '../../lib/access.ts';

const COLUMNS: ReadonlyArray<Column<Environment>> = [
  {
    name: 'Environment',
    main: true,
    cell: ({ id, name, labels }) => (
      <>
        <Link to="/environments/$id" params={{ id: String(id) }}>
          {name}
        </Link>
        <Labels labels={labels} most={4} />
      </>
    ),
  },
  { name: 'Your access', cell: ({ access }) => accessInWords(access) },
  { name: 'State', cell: (environment) => <StateMark {...environment} /> },
  { name: 'Size', cell: (environment) => <CapacityText {...environment} /> },
  {
    name: 'Kubernetes',
    cell: ({ version }) =>
      version ? <span className="sp-mono">{version}</span> : <span className="sp-soft">–</span>,
  },
];

/** One row an environment: what it is, what the person may do there, and how it is. */
export function EnvironmentTable({
  environments,
}: {
  environments: readonly Environment[] | undefined;
}) {
  return (
    <div className="sp-home">
      <DataTable
        caption="Environments you may enter"
        columns={COLUMNS}
        rows={environments}
        keyOf={({ id }) => id}
      />
    </div>
  );
}
