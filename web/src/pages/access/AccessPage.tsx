import { PageHead } from '../../components/PageHead.tsx';
import { reportQuery } from '../../lib/explore.ts';
import { NamespaceAnswer } from './NamespaceAnswer.tsx';
import { PersonAnswer } from './PersonAnswer.tsx';
import { Question } from './Question.tsx';
import { Report } from './Report.tsx';
import { useExploreSearch } from './use-explore-search.ts';
import './access.css';

/** Who can do what, and why: the answer of the function that the proxy asks. */
export function AccessPage() {
  const explore = useExploreSearch();
  const { ask, userId, namespace } = explore.search;
  const query = reportQuery(explore.search);
  return (
    <>
      <PageHead
        title="Access"
        lead="Who can do what, and by which grant. It is the answer that each request gets."
      >
        {query && <Report query={query} />}
      </PageHead>
      <div className="sp-explore">
        <Question search={explore.search} onChange={explore.change} />
        <div className="sp-explore__answer">
          {ask !== 'namespace' && userId !== undefined && (
            <PersonAnswer userId={userId} explore={explore} />
          )}
          {ask === 'namespace' && namespace !== undefined && (
            <NamespaceAnswer namespace={namespace} explore={explore} />
          )}
          {!query && (
            <p className="sp-soft">
              {ask === 'namespace'
                ? 'Name a namespace to see who can reach it.'
                : 'Choose a person to see what they can do.'}
            </p>
          )}
        </div>
      </div>
    </>
  );
}
