import { Alert } from '@patternfly/react-core';
import { troubleOf } from '../lib/problems.ts';

/** Says what went wrong and what helps; announced as soon as it appears. */
export function ProblemNote({ error, title }: { error: unknown; title?: string }) {
  if (!error) return null;
  const { title: kind, detail, remedy, errors = [] } = troubleOf(error);
  return (
    <div role="alert">
      <Alert variant="danger" isInline title={title ?? kind} component="p">
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
