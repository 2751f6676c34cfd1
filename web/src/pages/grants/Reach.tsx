import type { GrantPreview } from '@sallyport/contract';
import { useEffect, useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { someOf } from '../../lib/grants.ts';
import { type GrantDraft, previewQuery } from './draft.ts';

/** How long after the last key the server is asked, in milliseconds. */
const WAIT_MS = 300;
/** Environments whose namespaces are named. */
const NAMED = 5;

/** Whom and what a grant would reach now, while it is being filled in. */
export function Reach({ draft }: { draft: GrantDraft }) {
  const query = useLate(previewQuery(draft));
  const preview = useRoute(
    'grants.preview',
    { query: query ?? {} },
    { enabled: query !== undefined, keep: true },
  );
  return (
    <div className="sp-reach" role="status">
      <b>Reaches now</b>
      {query === undefined && <p className="sp-soft">Nothing is chosen yet.</p>}
      {query !== undefined && <ProblemNote error={preview.error} />}
      {query !== undefined && preview.data && <Found {...preview.data} />}
    </div>
  );
}

function Found({ people, environments: { total, items } }: GrantPreview) {
  const asked = items.filter(({ namespaces, message }) => namespaces || message);
  return (
    <>
      {people && (
        <p>
          {people.total === 0
            ? 'Nobody: the team has no members yet.'
            : `${people.total === 1 ? '1 person' : `${people.total} people`}: ${someOf(people.usernames, people.total)}`}
        </p>
      )}
      <p>
        {total === 0
          ? 'No environment: none has such labels yet.'
          : `${total === 1 ? '1 environment' : `${total} environments`}: ${someOf(
              items.map(({ name }) => name),
              total,
            )}`}
      </p>
      {asked.slice(0, NAMED).map(({ id, name, namespaces, message }) => (
        <p key={id} className="sp-soft">
          In {name}:{' '}
          {namespaces === null
            ? message
            : namespaces.length === 0
              ? 'no namespace has such labels'
              : someOf(namespaces)}
        </p>
      ))}
    </>
  );
}

/** What was there when it last paused. */
function useLate<T>(value: T): T {
  const [late, setLate] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(text === undefined ? value : JSON.parse(text)), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return late;
}
