import type { AccessRight } from '@sallyport/contract';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { Tag } from '../../components/Tag.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { isHeld, rightInWords } from '../../lib/explore.ts';

const NOT_HELD = {
  ended: 'Ended',
  disabled: 'Disabled',
  'no-namespace': 'Matches nothing',
  unknown: 'Not known',
} as const;

const COLUMNS: ReadonlyArray<Column<AccessRight>> = [
  {
    name: 'May do',
    main: true,
    cell: (right) => (
      <>
        {rightInWords(right)}
        {right.meaning && <span className="sp-explore__meaning">{right.meaning}</span>}
      </>
    ),
  },
  {
    name: 'By',
    cell: ({ grantId, team, note }) => (
      <>
        grant {grantId}
        {team === null ? ', to the person' : `, through team ${team}`}
        {note && <span className="sp-explore__meaning">{note}</span>}
      </>
    ),
  },
  {
    name: 'Until',
    cell: ({ expiresAt }) =>
      expiresAt ? (
        <TimeText time={expiresAt} form="day" />
      ) : (
        <span className="sp-soft">no end</span>
      ),
  },
  { name: 'State', cell: (right) => <State {...right} /> },
];

/** Rights one by one, those that give nothing included. */
export function Rights({ caption, rights }: { caption: string; rights: readonly AccessRight[] }) {
  return (
    <DataTable caption={caption} columns={COLUMNS} rows={rights} keyOf={({ grantId }) => grantId} />
  );
}

function State(right: AccessRight) {
  const { state, why } = right;
  return (
    <>
      {isHeld(right) ? (
        <Tag tone={why && state === 'in-force' ? 'warn' : 'good'}>In force</Tag>
      ) : (
        <Tag>{NOT_HELD[state as keyof typeof NOT_HELD]}</Tag>
      )}
      {why && <span className="sp-explore__meaning">{why}</span>}
    </>
  );
}
