import { Button } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { publicSettingsQuery } from '../../app/session.ts';
import { Icon } from '../../components/Icon.tsx';

const KubeconfigDialog = lazy(() => import('./dialog/KubeconfigDialog.tsx'));

/** The button to a kubeconfig; over plain HTTP, a word on why it is not there. */
export function KubeconfigAct({ isEmpty }: { isEmpty: boolean }) {
  const { data: settings } = useQuery(publicSettingsQuery);
  const [open, setOpen] = useState(false);
  if (!settings) return null;
  if (location.protocol !== 'https:' || !settings.secure) {
    return <HttpsHint url={settings.httpsUrl} />;
  }
  return (
    <>
      <Button icon={<Icon name="download" />} isDisabled={isEmpty} onClick={() => setOpen(true)}>
        Kubeconfig
      </Button>
      {open && (
        <Suspense>
          <KubeconfigDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

function HttpsHint({ url }: { url: string }) {
  return (
    <p className="sp-hint">
      <Icon name="lock" />
      <span>
        Kubeconfigs are given out over HTTPS only, since kubectl sends no token over HTTP. Open{' '}
        <a href={url}>{url}</a>.
      </span>
    </p>
  );
}
