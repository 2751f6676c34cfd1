import { Alert } from '@patternfly/react-core';
import type { EnvironmentCheck } from '@sallyport/contract';

/** What a check of an environment found, in the server's words. */
export function CheckResult({ check: { version, findings } }: { check: EnvironmentCheck }) {
  return (
    <>
      <p>
        {version ? (
          <>
            It answers, and runs Kubernetes <span className="sp-mono">{version}</span>.
          </>
        ) : (
          'It does not say which version of Kubernetes it runs.'
        )}{' '}
        {findings.length === 0 && 'Sallyport’s credential may do all that is needed.'}
      </p>
      {findings.map(({ level, message, remedy }) => (
        <Alert
          key={message}
          variant={level === 'error' ? 'danger' : 'warning'}
          isInline
          title={message}
          component="p"
        >
          {remedy && <p>{remedy}</p>}
        </Alert>
      ))}
    </>
  );
}
