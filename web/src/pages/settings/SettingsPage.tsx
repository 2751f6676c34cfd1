import { Skeleton } from '@patternfly/react-core';
import { useRoute } from '../../app/client.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { BackupPanel } from './BackupPanel.tsx';
import { ProviderPanel } from './ProviderPanel.tsx';
import { SettingsForm } from './SettingsForm.tsx';
import { TlsPanel } from './TlsPanel.tsx';

/** What an admin sets for everybody. */
export function SettingsPage() {
  const { data, error, refetch } = useRoute('settings.get');
  return (
    <>
      <PageHead title="Settings" lead="What holds for everybody and for Sallyport itself." />
      <ProblemNote error={error} title="The settings could not be read" onRetry={refetch} />
      {data && (
        <div className="sp-stack">
          <SettingsForm settings={data} />
          <ProviderPanel />
          <TlsPanel />
          <BackupPanel />
        </div>
      )}
      {!data && !error && <Skeleton height="24rem" screenreaderText="On its way" />}
    </>
  );
}
