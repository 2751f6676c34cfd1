import { Alert } from '@patternfly/react-core';
import type { EnvironmentCheck } from '@sallyport/contract';

const VARIANTS = { error: 'danger', warning: 'warning', info: 'info' } as const;

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
        {findings.every(({ level }) => level === 'info') &&
          'Sallyport’s credential may do all that is needed.'}
      </p>
      {findings.map(({ level, message, remedy }) => (
        <Alert key={message} variant={VARIANTS[level]} isInline title={message} component="p">
          {remedy && <p>{remedy}</p>}
        </Alert>
      ))}
    </>
  );
}
