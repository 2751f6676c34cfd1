import type { NamespaceInEnvironment } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { useRoute } from '../../app/client.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { Tag } from '../../components/Tag.tsx';
import { EnvironmentHead, Waiting } from './EnvironmentHead.tsx';
import { MorePages } from './MorePages.tsx';
import { Rights } from './Rights.tsx';
import type { useExploreSearch } from './use-explore-search.ts';

interface NamespaceAnswerProps {
  readonly namespace: string;
  readonly explore: ReturnType<typeof useExploreSearch>;
}

/** Who can reach a namespace, environment by environment. */
export function NamespaceAnswer({ namespace, explore }: NamespaceAnswerProps) {
  const { paging, search, page, setPage } = explore;
  const { environmentId } = search;
  const query = { namespace, ...paging, ...(environmentId === undefined ? {} : { environmentId }) };
  const { data, error, refetch } = useRoute('access.namespace', { query }, { keep: true });
  if (error) return <ProblemNote error={error} onRetry={refetch} />;
  if (!data) return <Waiting />;
  return (
    <>
      <p role="status">
        {data.total === 0
          ? `Nobody has a grant that reaches ${data.namespace}.`
          : `Who can reach ${data.namespace}, whether it exists there yet or not:`}
      </p>
      {data.items.map((item) => (
        <InEnvironment key={item.environment.id} item={item} />
      ))}
      <MorePages page={page} total={data.total} onPage={setPage} />
    </>
  );
}

function InEnvironment({ item }: { item: NamespaceInEnvironment }) {
  const { environment, people, total, message } = item;
  const able = people.filter(({ mayReach }) => mayReach).length;
  return (
    <section className="sp-explore__part">
      <EnvironmentHead environment={environment}>
        <Tag {...(able > 0 ? { tone: 'good' } : {})}>
          {able === 1 ? '1 person' : `${able} people`}
        </Tag>
      </EnvironmentHead>
      <div className="sp-explore__rights">
        {message && <p>{message}</p>}
        {people.length === 0 && <p className="sp-soft">No grant reaches it here.</p>}
        {people.map(({ person, mayReach, rights }) => (
          <div key={person.id} className="sp-explore__person">
            <h3>
              <Link to="/users/$id" params={{ id: String(person.id) }}>
                {person.username}
              </Link>{' '}
              {person.disabled ? (
                <Tag tone="bad">Disabled</Tag>
              ) : (
                !mayReach && <Tag>Cannot reach it</Tag>
              )}
            </h3>
            <Rights caption={`Rights of ${person.username} there`} rights={rights} />
          </div>
        ))}
        {total > people.length && (
          <p className="sp-soft">And {total - people.length} more: the text names them all.</p>
        )}
      </div>
    </section>
  );
}
