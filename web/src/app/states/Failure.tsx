import { Button } from '@patternfly/react-core';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import './states.css';

/** What stands in place of a page that could not be shown, inside the frame of the others. */
export function Failure({ error }: { error: unknown }) {
  return (
    <div className="sp-state">
      <h1>This page could not be shown</h1>
      <ProblemNote error={error} />
      <Button variant="secondary" onClick={() => location.reload()}>
        Try again
      </Button>
    </div>
  );
}

/** The same where not even the frame could be shown. */
export function WholeFailure({ error }: { error: unknown }) {
  return (
    <main>
      <Failure error={error} />
    </main>
  );
}
