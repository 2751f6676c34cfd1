import { Alert, AlertActionLink } from '@patternfly/react-core';
import { troubleOf } from '../lib/problems.ts';

interface ProblemNoteProps {
  readonly error: unknown;
  readonly title?: string;
  /** Offered where trying the same again may help. */
  readonly onRetry?: (() => unknown) | undefined;
}

/** Says what went wrong and what helps; announced as soon as it appears. */
export function ProblemNote({ error, title, onRetry }: ProblemNoteProps) {
  if (!error) return null;
  const { title: kind, detail, remedy, errors = [] } = troubleOf(error);
  return (
    <div role="alert">
      <Alert
        variant="danger"
        isInline
        title={title ?? kind}
        component="p"
        actionLinks={
          onRetry && <AlertActionLink onClick={() => void onRetry()}>Try again</AlertActionLink>
        }
      >
        {errors.length === 0 ? (
          <p>{detail}</p>
        ) : (
          <ul>
            {errors.map(({ path, message }) => (
              <li key={path + message}>{path ? `${path} ${message}` : message}</li>
            ))}
          </ul>
        )}
        {remedy && <p>{remedy}</p>}
      </Alert>
    </div>
  );
}
