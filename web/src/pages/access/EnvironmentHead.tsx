import { Skeleton } from '@patternfly/react-core';
import type { ExplainedEnvironment } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface EnvironmentHeadProps {
  readonly environment: ExplainedEnvironment;
  readonly children: ReactNode;
}

/** Which environment a part of the answer is about. */
export function EnvironmentHead({ environment, children }: EnvironmentHeadProps) {
  const { id, name, rbac } = environment;
  return (
    <div>
      <h2>
        <Link to="/environments/$id" params={{ id: String(id) }}>
          {name}
        </Link>{' '}
        {children}
      </h2>
      {rbac === 'external' && (
        <p className="sp-soft">
          The cluster’s owner decides what those who may enter can do inside.
        </p>
      )}
    </div>
  );
}

/** Stands in the place of the answer while it is on its way. */
export function Waiting() {
  return <Skeleton height="14rem" screenreaderText="On its way" />;
}
