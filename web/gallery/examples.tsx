import { ApiError, type Environment, type HealthHistory } from '@sallyport/contract';
import { type ReactNode, useState } from 'react';
import { CapacityText } from '../src/components/CapacityText.tsx';
import { ConfirmDialog } from '../src/components/ConfirmDialog.tsx';
import { CopyBlock } from '../src/components/CopyBlock.tsx';
import { CopyLine } from '../src/components/CopyLine.tsx';
import { type Column, DataTable } from '../src/components/DataTable.tsx';
import { Doorstep } from '../src/components/Doorstep.tsx';
import { EmptyNote } from '../src/components/EmptyNote.tsx';
import { Facts } from '../src/components/Facts.tsx';
import { Field } from '../src/components/Field.tsx';
import { FileTextField } from '../src/components/FileTextField.tsx';
import { Filters } from '../src/components/Filters.tsx';
import { FormDialog } from '../src/components/FormDialog.tsx';
import { HealthChart } from '../src/components/HealthChart.tsx';
import { Icon } from '../src/components/Icon.tsx';
import { Labels } from '../src/components/Labels.tsx';
import { ListPage } from '../src/components/ListPage.tsx';
import { Wordmark } from '../src/components/Mark.tsx';
import { NewPasswordField } from '../src/components/NewPasswordField.tsx';
import { useNotify } from '../src/components/Notices.tsx';
import { Overlay } from '../src/components/Overlay.tsx';
import { PageHead } from '../src/components/PageHead.tsx';
import { Pager } from '../src/components/Pager.tsx';
import { Panel } from '../src/components/Panel.tsx';
import { PartList } from '../src/components/PartList.tsx';
import { Parts } from '../src/components/Parts.tsx';
import { ProblemNote } from '../src/components/ProblemNote.tsx';
import { ComboBox } from '../src/components/pick/ComboBox.tsx';
import { PickMany } from '../src/components/pick/PickMany.tsx';
import { PickOne } from '../src/components/pick/PickOne.tsx';
import { RowMenu } from '../src/components/RowMenu.tsx';
import { SearchBox } from '../src/components/SearchBox.tsx';
import { StateMark } from '../src/components/StateMark.tsx';
import { Tag } from '../src/components/Tag.tsx';
import { TextField } from '../src/components/TextField.tsx';
import { TimeText } from '../src/components/TimeText.tsx';
import { NOTHING_PICKED } from '../src/lib/picked.ts';
import type { Selection } from '../src/lib/selection.ts';

const nothing = () => {};
const never = () => undefined;
const NOW = Date.now();
const ago = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

interface Thing {
  readonly id: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const THINGS: readonly Thing[] = [
  { id: 1, name: 'production', labels: { env: 'prod', region: 'eu-central-1' } },
  { id: 2, name: 'staging', labels: { env: 'staging' } },
];
const COLUMNS: ReadonlyArray<Column<Thing>> = [
  { name: 'Name', main: true, cell: ({ name }) => name },
  { name: 'Labels', cell: ({ labels }) => <Labels labels={labels} /> },
  {
    name: 'Act',
    quiet: true,
    cell: ({ name }) => <RowMenu label={`What to do with ${name}`} acts={ACTS} />,
  },
];
const ACTS = [
  { name: 'Edit', run: nothing },
  { name: 'Remove', isDanger: true, run: nothing },
];
const PAGES = { page: 1, setPage: nothing, query: { limit: 50, offset: 0 } };
const PROBLEM = new ApiError({
  type: 'about:blank',
  title: 'Cluster not reachable',
  status: 422,
  code: 'environment.unreachable',
  detail: 'Sallyport cannot reach https://10.0.0.1:6443: nothing listens there.',
  remedy: 'Check the address, and that this machine may connect to it.',
});
const WRONG_FIELDS = new ApiError({
  type: 'about:blank',
  title: 'Not complete yet',
  status: 400,
  code: 'request.invalid',
  detail: 'Please correct what is marked below.',
  errors: [{ path: 'password', message: 'must have at least 12 characters' }],
});
const CAPACITY: NonNullable<Environment['capacity']> = {
  ...{ nodes: 3, readyNodes: 3, cpuCores: 12, memoryBytes: 48 * 2 ** 30 },
  ...{ cpuCoresUsed: 4.2, memoryBytesUsed: 45 * 2 ** 30, readAt: ago(0) },
};
const HISTORY: HealthHistory = {
  ...{ from: ago(24), to: ago(0), stepSeconds: 3600, availability: 0.94 },
  points: Array.from({ length: 20 }, (_, hour) => ({
    at: new Date(Date.parse(ago(24)) + hour * 3_600_000).toISOString(),
    looks: 30,
    looksUp: hour === 9 ? 0 : hour === 10 ? 12 : 30,
    latencyMs: hour === 9 ? null : 8 + hour,
    latencyMaxMs: hour === 9 ? null : 40,
    message: hour === 9 || hour === 10 ? 'nothing listens there' : null,
  })),
};

function Ticking() {
  const [selection, onChange] = useState<Selection>(new Set([1]));
  const select = {
    ...{ selection, onChange },
    idOf: ({ id }: Thing) => id,
    nameOf: ({ name }: Thing) => name,
  };
  return (
    <DataTable caption="Ticking" columns={COLUMNS} rows={THINGS} keyOf={idOf} select={select} />
  );
}

function idOf({ id }: Thing): number {
  return id;
}

function Typing({ label }: { label: string }) {
  const [value, setValue] = useState('');
  return <SearchBox label={label} value={value} onChange={setValue} />;
}

function Picking() {
  const [picked, setPicked] = useState(NOTHING_PICKED);
  return (
    <PickMany
      noun="clusters"
      list={{
        ...{ items: THINGS, total: 120, all: 120, query: '', page: 1, isBusy: false },
        ...{ onQuery: nothing, onPage: nothing, onAll: nothing },
      }}
      picked={picked}
      onChange={setPicked}
    />
  );
}

function Combining() {
  const [chosen, setChosen] = useState<Thing | undefined>(THINGS[0]);
  const [query, setQuery] = useState<string>();
  const choices = THINGS.filter(({ name }) => name.includes(query ?? ''));
  return (
    <ComboBox
      id="example-combo"
      label="Environment"
      noun="Environments"
      none="All"
      chosen={chosen}
      onChoose={(choice) => setChosen(THINGS.find(({ id }) => id === choice?.id))}
      list={{ choices, total: choices.length + 7, isBusy: false, error: undefined }}
      onQuery={setQuery}
    />
  );
}

function Saying() {
  const notify = useNotify();
  return (
    <div className="sp-row">
      <button type="button" onClick={() => notify('The grant is ended.')}>
        Say what was done
      </button>
      <button type="button" onClick={() => notify('It could not be done.', 'bad')}>
        Say what failed
      </button>
    </div>
  );
}

/** Examples of each component that lives within a page, by the file it is in. */
export const PARTS: Readonly<Record<string, Readonly<Record<string, ReactNode>>>> = {
  CapacityText: {
    'measured, and nearly full': <CapacityText capacity={CAPACITY} />,
    'not measured, a node down': (
      <CapacityText
        capacity={{ ...CAPACITY, readyNodes: 2, cpuCoresUsed: null, memoryBytesUsed: null }}
      />
    ),
    'not known': <CapacityText capacity={null} />,
  },
  ComboBox: { 'one of many': <Combining /> },
  CopyBlock: { several: <CopyBlock label="Run this" text={'kubectl apply -f -\nkubectl get'} /> },
  CopyLine: { one: <CopyLine label="macOS and Linux" line="export KUBECONFIG=~/config" /> },
  DataTable: {
    rows: <DataTable caption="Rows" columns={COLUMNS} rows={THINGS} keyOf={idOf} />,
    'on their way': (
      <DataTable caption="On their way" columns={COLUMNS} rows={undefined} keyOf={idOf} />
    ),
    'to tick': <Ticking />,
  },
  EmptyNote: { plain: <EmptyNote title="No team yet">A team saves you work.</EmptyNote> },
  Facts: { some: <Facts facts={{ State: 'Up', Kubernetes: 'v1.36.3', Gone: undefined }} /> },
  Field: {
    'with help': (
      <Field id="with-help" label="Expiry" help="How long it lives.">
        {({ validated: _, ...control }) => <input {...control} />}
      </Field>
    ),
    'with an error': (
      <Field id="with-error" label="Name" error="Give it a name." isRequired>
        {({ validated: _, ...control }) => <input {...control} />}
      </Field>
    ),
  },
  HealthChart: { 'with an outage': <HealthChart history={HISTORY} range="24 hours" /> },
  Icon: { one: <Icon name="gate" /> },
  Labels: { some: <Labels labels={{ env: 'prod', empty: '' }} /> },
  Mark: { whole: <Wordmark /> },
  NewPasswordField: {
    refused: (
      <form>
        <input type="hidden" name="username" autoComplete="username" value="dana" />
        <NewPasswordField
          id="new"
          label="New password"
          path="password"
          value=""
          onChange={nothing}
          error={WRONG_FIELDS}
        />
      </form>
    ),
  },
  Notices: { both: <Saying /> },
  Pager: { second: <Pager page={2} shown={50} total={213} onPage={nothing} /> },
  Panel: {
    narrow: (
      <Panel title="Password" lead="Changing it ends other sign-ins.">
        What it holds.
      </Panel>
    ),
    wide: (
      <Panel title="Grants" wide>
        What it holds.
      </Panel>
    ),
  },
  PartList: {
    rows: (
      <PartList
        caption="A part"
        columns={COLUMNS}
        pages={PAGES}
        answer={{ data: { items: THINGS, total: 2 }, error: undefined }}
        empty="None."
      />
    ),
    'cannot be read': (
      <PartList
        caption="Another"
        columns={COLUMNS}
        pages={PAGES}
        answer={{ data: undefined, error: PROBLEM, refetch: nothing }}
        empty="None."
      />
    ),
  },
  Parts: {
    two: (
      <Parts
        label="Parts of an example"
        parts={[
          { key: 'overview', name: 'Overview' },
          { key: 'health', name: 'Health' },
        ]}
        current="overview"
      />
    ),
  },
  ProblemNote: {
    'with a remedy': <ProblemNote error={PROBLEM} onRetry={nothing} />,
    'about fields': <ProblemNote error={WRONG_FIELDS} />,
    'no answer': <ProblemNote error={new TypeError()} />,
  },
  PickMany: { 'two of many': <Picking /> },
  PickOne: {
    chosen: (
      <PickOne
        label="Users"
        choices={THINGS}
        total={7}
        query=""
        onQuery={nothing}
        chosen={{ id: 9, name: 'dana' }}
        onChoose={nothing}
      />
    ),
  },
  RowMenu: { closed: <RowMenu label="What to do with it" acts={ACTS} /> },
  SearchBox: { empty: <Typing label="Search examples" /> },
  StateMark: {
    up: <StateMark state="up" stateSince={ago(30)} stateMessage={null} />,
    down: <StateMark state="down" stateSince={ago(1)} stateMessage="Nothing listens there." />,
    unknown: <StateMark state="unknown" stateSince={null} stateMessage={null} />,
  },
  Tag: {
    plain: <Tag>Expired</Tag>,
    good: <Tag tone="good">Good</Tag>,
    warn: <Tag tone="warn">Ends soon</Tag>,
    bad: <Tag tone="bad">Revoked</Tag>,
  },
  Filters: {
    two: (
      <Filters>
        <TextField id="filter-who" label="Who" value="" onChange={nothing} />
        <TextField id="filter-verb" label="Verb" value="get" onChange={nothing} />
      </Filters>
    ),
  },
  FileTextField: {
    file: (
      <FileTextField
        id="file"
        label="Certificate"
        value=""
        onChange={nothing}
        help="Paste it, or drop the file."
        rows={3}
      />
    ),
  },
  TextField: {
    line: <TextField id="line" label="Name" value="dana" onChange={nothing} />,
    lines: <TextField id="lines" label="Kubeconfig" value="" rows={3} onChange={nothing} />,
  },
  TimeText: {
    relative: <TimeText time={ago(3)} />,
    since: <TimeText time={ago(30)} form="since" />,
    day: <TimeText time={ago(300)} form="day" />,
  },
};

interface WholeExample {
  readonly example: ReactNode;
  /** It brings its own frame. */
  readonly isPage?: true;
  /** It brings its own heading of the page. */
  readonly hasHeading?: true;
}

/** Examples of those that take the page for themselves. */
export const WHOLES: Readonly<Record<string, WholeExample>> = {
  ConfirmDialog: {
    example: (
      <ConfirmDialog
        title="Remove production?"
        act="Remove"
        isBusy={false}
        error={PROBLEM}
        onConfirm={nothing}
        onClose={nothing}
      >
        <p>Its grants end.</p>
      </ConfirmDialog>
    ),
  },
  Doorstep: {
    isPage: true,
    example: <Doorstep title="Sign in">What stands in front of the gate.</Doorstep>,
  },
  FormDialog: {
    example: (
      <FormDialog
        title="Add a team"
        lead="People in groups."
        submit="Add team"
        isBusy={false}
        onSubmit={nothing}
        onClose={nothing}
      >
        <TextField id="team" label="Name" value="" onChange={nothing} isRequired />
      </FormDialog>
    ),
  },
  ListPage: {
    hasHeading: true,
    example: (
      <ListPage
        title="Clusters"
        lead="All of them."
        noun="clusters"
        columns={COLUMNS}
        list={{ ...PAGES, q: '', setQ: never, setPage: never }}
        answer={{ data: { items: THINGS, total: 2 }, error: undefined }}
        empty={{ title: 'No cluster yet' }}
        add={{ name: 'Add cluster', run: nothing }}
      />
    ),
  },
  Overlay: {
    example: (
      <Overlay label="Detail" place="side" onClose={nothing}>
        <p>What is laid over the page.</p>
      </Overlay>
    ),
  },
  PageHead: {
    hasHeading: true,
    example: <PageHead title="Home" lead="The environments you may enter." />,
  },
};
