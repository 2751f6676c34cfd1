import { Checkbox, Skeleton } from '@patternfly/react-core';
import type { Environment } from '@sallyport/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, useRoute } from '../../app/client.ts';
import { CopyBlock } from '../../components/CopyBlock.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';

/** What the owner of the cluster applies: for grants in external mode, and for Sallyport itself. */
export function ManifestsPart({ environment }: { environment: Environment }) {
  return (
    <div className="sp-stack sp-manifests">
      {environment.rbac === 'external' && <ForGrants id={environment.id} />}
      <ForSallyport environment={environment} />
    </div>
  );
}

function ForGrants({ id }: { id: number }) {
  const { data, error, refetch } = useQuery({
    // Under the name of the grants: what changes them makes this old too.
    queryKey: ['grants.manifests', id],
    queryFn: async () => (await call('manifests.download', { params: { id } })).text(),
  });
  return (
    <section className="sp-stack" aria-labelledby="manifests-grants">
      <h2 id="manifests-grants">For the grants as they stand</h2>
      <p className="sp-soft">
        Sallyport writes no bindings here. Apply this to the cluster, and again when grants change.
      </p>
      <ProblemNote error={error} onRetry={refetch} />
      {data === undefined && !error && <Skeleton height="10rem" screenreaderText="On its way" />}
      {data !== undefined && (
        <>
          <CopyBlock label="ClusterRoles and bindings" text={data} />
          <p>
            <a href={`/api/environments/${id}/manifests`} download>
              Download the file
            </a>
          </p>
        </>
      )}
    </section>
  );
}

function ForSallyport({ environment: { id, rbac } }: { environment: Environment }) {
  const [customRoles, setCustomRoles] = useState(false);
  const [named, setNamed] = useState(false);
  const { data, error, refetch } = useRoute(
    'manifests.onboarding',
    {
      query: {
        rbac,
        ...(customRoles ? { customRoles: 'true' } : {}),
        ...(named ? { named: 'true', environmentId: id } : {}),
      },
    },
    { keep: true },
  );
  return (
    <section className="sp-stack" aria-labelledby="manifests-own">
      <h2 id="manifests-own">For Sallyport itself</h2>
      <p className="sp-soft">
        The least rights that Sallyport needs in this cluster. The command can be run again: it
        brings the rules of its ServiceAccount up to date, and prints the same kubeconfig.
      </p>
      {rbac === 'managed' && (
        <Checkbox
          id="manifests-custom"
          label="With custom roles"
          description="Lets Sallyport write ClusterRoles, which needs the verbs escalate and bind."
          isChecked={customRoles}
          onChange={(_, next) => setCustomRoles(next)}
        />
      )}
      <Checkbox
        id="manifests-named"
        label="Only for the people and groups of now"
        description="Nobody else can be impersonated. To be applied again when people or grants change."
        isChecked={named}
        onChange={(_, next) => setNamed(next)}
      />
      <ProblemNote error={error} onRetry={refetch} />
      {!data && !error && <Skeleton height="10rem" screenreaderText="On its way" />}
      {data && (
        <>
          <CopyBlock label="Run this as an admin of the cluster" text={data.command} />
          <CopyBlock label="Or apply this (any version of Kubernetes)" text={data.manifest} />
        </>
      )}
    </section>
  );
}
