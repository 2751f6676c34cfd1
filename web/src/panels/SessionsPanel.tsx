import { Button } from '@patternfly/react-core';
import type { Session } from '@sallyport/contract';
import { useAct, useRoute } from '../app/client.ts';
import { rowsOf } from '../app/foresee.ts';
import { usePages } from '../app/use-pages.ts';
import type { Column } from '../components/DataTable.tsx';
import { useNotify } from '../components/Notices.tsx';
import { PartList } from '../components/PartList.tsx';
import { ProblemNote } from '../components/ProblemNote.tsx';
import { Tag } from '../components/Tag.tsx';
import { TimeText } from '../components/TimeText.tsx';
import { browserInWords } from '../lib/browser.ts';

/**
 * Where somebody is signed in, and the way to end that.
 *
 * @param userId somebody else's, for admins; absent: one's own
 */
export function SessionsPanel({ userId }: { userId?: number }) {
  const whose = userId === undefined ? {} : { userId };
  const pages = usePages();
  const notify = useNotify();
  const answer = useRoute('sessions.list', { query: { ...pages.query, ...whose } }, { keep: true });
  const end = useAct('sessions.end', {
    stale: ['sessions.'],
    foresee: ({ params }) => [
      rowsOf('sessions.list', (row) => (row.id === params.id ? undefined : row)),
    ],
    onDone: () => notify('That sign-in is ended.'),
  });
  const endAll = useAct('sessions.endAll', { stale: ['sessions.'] });
  const others = (answer.data?.total ?? 0) - (userId === undefined ? 1 : 0);

  const columns: ReadonlyArray<Column<Session>> = [
    {
      name: 'Client',
      main: true,
      cell: ({ userAgent, current }) => (
        <>
          <span title={userAgent}>{browserInWords(userAgent)}</span>{' '}
          {current && <Tag tone="good">This one</Tag>}
        </>
      ),
    },
    { name: 'Signed in from', cell: ({ address }) => <span className="sp-mono">{address}</span> },
    { name: 'Since', cell: ({ createdAt }) => <TimeText time={createdAt} /> },
    { name: 'Last seen', cell: ({ lastSeenAt }) => <TimeText time={lastSeenAt} /> },
    { name: 'Ends', cell: ({ expiresAt }) => <TimeText time={expiresAt} /> },
    {
      name: 'Act',
      quiet: true,
      cell: ({ id, current, userAgent, address }) =>
        !current && (
          <Button
            variant="link"
            isDanger
            aria-label={`Sign out ${browserInWords(userAgent)} from ${address}`}
            onClick={() => end.mutate({ params: { id } })}
          >
            Sign out
          </Button>
        ),
    },
  ];

  return (
    <div className="sp-stack">
      <ProblemNote error={end.error} onRetry={() => end.variables && end.mutate(end.variables)} />
      <ProblemNote error={endAll.error} />
      <PartList
        caption="Sign-ins"
        columns={columns}
        pages={pages}
        answer={answer}
        empty="Not signed in anywhere."
      />
      {others > 0 && (
        <div>
          <Button
            variant="secondary"
            isLoading={endAll.isPending}
            isDisabled={endAll.isPending}
            onClick={() =>
              endAll.mutate(
                { query: whose },
                { onSuccess: ({ ended }) => notify(endedInWords(ended)) },
              )
            }
          >
            {userId === undefined ? 'Sign out everywhere else' : 'Sign out everywhere'}
          </Button>
        </div>
      )}
    </div>
  );
}

function endedInWords(count: number): string {
  return count === 1 ? 'One sign-in is ended.' : `${count} sign-ins are ended.`;
}
