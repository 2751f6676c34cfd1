import { Button, Skeleton } from '@patternfly/react-core';
import { Id } from '@sallyport/contract';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { Lost } from '../../app/states/Lost.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Parts } from '../../components/Parts.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { RowMenu } from '../../components/RowMenu.tsx';
import { GrantsPanel } from '../../panels/GrantsPanel.tsx';
import { KubeconfigsPanel } from '../../panels/KubeconfigsPanel.tsx';
import {
  type EnvironmentAct,
  EnvironmentActDialog,
} from '../environments/EnvironmentActDialog.tsx';
import { HealthPart } from './HealthPart.tsx';
import { ManifestsPart } from './ManifestsPart.tsx';
import { OverviewPart } from './OverviewPart.tsx';
import { StreamsPart } from './StreamsPart.tsx';
import './environment.css';

const FOR_ALL = [
  { key: 'overview', name: 'Overview' },
  { key: 'health', name: 'Health' },
] as const;
const FOR_ADMINS = [
  { key: 'grants', name: 'Grants' },
  { key: 'live', name: 'Live streams' },
  { key: 'kubeconfigs', name: 'Kubeconfigs' },
  { key: 'manifests', name: 'Manifests' },
] as const;
const REFRESH_MS = 15_000;

/** One environment: what it is, how it was, and who reaches it by what. */
export function EnvironmentPage() {
  const { id } = useParams({ strict: false });
  const known = Id.safeParse(Number(id));
  return known.success ? <Known id={known.data} /> : <Lost />;
}

function Known({ id }: { id: number }) {
  const { role } = useMe();
  const { part } = useSearch({ strict: false });
  const {
    data: environment,
    error,
    refetch,
  } = useRoute('environments.get', { params: { id } }, { refetchInterval: REFRESH_MS });
  const parts = role === 'admin' ? [...FOR_ALL, ...FOR_ADMINS] : FOR_ALL;
  const current = parts.find(({ key }) => key === part)?.key ?? 'overview';

  return (
    <>
      <PageHead title={environment?.name ?? 'Environment'} lead="An environment behind this gate.">
        {environment && role === 'admin' && <Acts environment={environment} />}
      </PageHead>
      <Parts label="Parts of this environment" parts={parts} current={current} />
      <ProblemNote error={error} onRetry={refetch} />
      {!environment && !error && <Skeleton height="10rem" screenreaderText="On its way" />}
      {environment && current === 'overview' && <OverviewPart environment={environment} />}
      {environment && current === 'health' && <HealthPart id={id} />}
      {environment && current === 'grants' && (
        <GrantsPanel
          of={{ environmentId: id }}
          empty="Nobody has been granted anything here yet."
        />
      )}
      {environment && current === 'live' && <StreamsPart id={id} />}
      {environment && current === 'manifests' && <ManifestsPart environment={environment} />}
      {environment && current === 'kubeconfigs' && (
        <KubeconfigsPanel
          of={{ environmentId: id }}
          empty="No kubeconfig names this environment."
        />
      )}
    </>
  );
}

function Acts({ environment }: Pick<Parameters<typeof EnvironmentActDialog>[0], 'environment'>) {
  const navigate = useNavigate();
  const [act, setAct] = useState<EnvironmentAct>();
  return (
    <>
      <Button variant="secondary" onClick={() => setAct('check')}>
        Check again
      </Button>
      <Button variant="secondary" onClick={() => setAct('edit')}>
        Edit
      </Button>
      <RowMenu
        label={`More to do with ${environment.name}`}
        acts={[
          { name: 'Replace credential', run: () => setAct('credential') },
          { name: 'Remove', isDanger: true, run: () => setAct('remove') },
        ]}
      />
      {act && (
        <EnvironmentActDialog
          act={act}
          environment={environment}
          onClose={() => setAct(undefined)}
          onRemoved={() => void navigate({ to: '/environments' })}
        />
      )}
    </>
  );
}
