import type { PersonAccess, PersonInEnvironment } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { Tag } from '../../components/Tag.tsx';
import { EnvironmentHead, Waiting } from './EnvironmentHead.tsx';
import { MorePages } from './MorePages.tsx';
import { Rights } from './Rights.tsx';
import type { useExploreSearch } from './use-explore-search.ts';

interface PersonAnswerProps {
  readonly userId: number;
  readonly explore: ReturnType<typeof useExploreSearch>;
}

/** What a person can do, environment by environment. */
export function PersonAnswer({ userId, explore }: PersonAnswerProps) {
  const { paging, search, page, setPage } = explore;
  const { environmentId } = search;
  const query = { userId, ...paging, ...(environmentId === undefined ? {} : { environmentId }) };
  const { data, error, refetch } = useRoute('access.person', { query }, { keep: true });
  if (error) return <ProblemNote error={error} onRetry={refetch} />;
  if (!data) return <Waiting />;
  return (
    <>
      <About {...data} />
      {data.items.map((item) => (
        <InEnvironment key={item.environment.id} item={item} name={data.person.username} />
      ))}
      <MorePages page={page} total={data.total} onPage={setPage} />
    </>
  );
}

function About({ person: { username, disabled, teams }, total }: PersonAccess) {
  return (
    <p role="status">
      <b>{username}</b> {disabled && <Tag tone="bad">Disabled</Tag>}{' '}
      {teams.length === 0 ? 'is in no team' : `is in ${teams.join(', ')}`}
      {total === 0 ? ', and no grant is for them: they may enter no environment.' : '.'}
    </p>
  );
}

function InEnvironment({ item, name }: { item: PersonInEnvironment; name: string }) {
  const { environment, mayEnter, identity, rights } = item;
  return (
    <section className="sp-explore__part">
      <EnvironmentHead environment={environment}>
        {mayEnter ? <Tag tone="good">May enter</Tag> : <Tag>May not enter</Tag>}
      </EnvironmentHead>
      <div className="sp-explore__rights">
        {rights.length === 0 ? (
          <p className="sp-soft">No grant lets {name} in here.</p>
        ) : (
          <Rights caption={`Rights of ${name} in ${environment.name}`} rights={rights} />
        )}
        {identity && (
          <details>
            <summary>Whom the cluster sees</summary>
            <p>
              User <code className="sp-mono">{identity.user}</code>
              {identity.groups.length > 0 && ' in the groups'}
            </p>
            <ul className="sp-explore__groups">
              {identity.groups.map((group) => (
                <li key={group}>
                  <code className="sp-mono">{group}</code>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </section>
  );
}
