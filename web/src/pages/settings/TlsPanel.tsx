import { Button } from '@patternfly/react-core';
import type { TlsInfo } from '@sallyport/contract';
import { type ReactNode, useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { Panel } from '../../components/Panel.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { CertificateDialog, CertificateResetDialog } from './CertificateDialog.tsx';

/** Who Sallyport shows itself to be, and where it listens; the latter is configuration, so only shown. */
export function TlsPanel() {
  const { data, error, refetch } = useRoute('system.tls');
  return (
    <Panel
      title="Certificate and listeners"
      lead="Listeners are set when Sallyport is started, with --port and --http-port."
    >
      <ProblemNote error={error} title="The certificate could not be read" onRetry={refetch} />
      {data && (
        <div className="sp-stack">
          <Facts {...data} />
          <Acts source={data.source} />
        </div>
      )}
    </Panel>
  );
}

const SOURCES: Readonly<Record<TlsInfo['source'], string>> = {
  own: 'From Sallyport’s own CA, renewed by itself',
  uploaded: 'Uploaded here; it is not renewed by itself',
  operator: 'From the files of --tls-cert and --tls-key, read again when they change',
};

function Acts({ source }: Pick<TlsInfo, 'source'>) {
  const [dialog, setDialog] = useState<'upload' | 'reset'>();
  const close = () => setDialog(undefined);
  if (source === 'operator')
    return <p>To upload a certificate here, start Sallyport without --tls-cert and --tls-key.</p>;
  return (
    <div className="sp-acts">
      <Button variant="secondary" onClick={() => setDialog('upload')}>
        Upload a certificate
      </Button>
      {source === 'uploaded' && (
        <Button variant="secondary" onClick={() => setDialog('reset')}>
          Go back to Sallyport’s own
        </Button>
      )}
      {dialog === 'upload' && <CertificateDialog onClose={close} />}
      {dialog === 'reset' && <CertificateResetDialog onClose={close} />}
    </div>
  );
}

function Facts(tls: TlsInfo) {
  const { source, issuer, subject, names, notAfter, fingerprint, coversPublicUrl } = tls;
  const { httpPort, publicUrl } = tls;
  return (
    <dl className="sp-facts">
      <Fact name="Certificate">{SOURCES[source]}</Fact>
      <Fact name="Issued to">{subject}</Fact>
      <Fact name="Signed by">{issuer}</Fact>
      <Fact name="Ends">
        <TimeText time={notAfter} form="day" /> (<TimeText time={notAfter} />)
      </Fact>
      <Fact name="Names">{names.join(', ')}</Fact>
      <Fact name="SHA-256">
        <code className="sp-mono">{fingerprint}</code>
      </Fact>
      <Fact name="Public URL">
        {publicUrl ?? 'The one that each request comes to'}
        {coversPublicUrl === false && (
          <strong> – the certificate is not for this name, so clients will refuse it.</strong>
        )}
      </Fact>
      <Fact name="Kubeconfigs">
        {trustIn(tls)} Files made before embed the CA that was in use then, and fail against a
        certificate that it did not sign. “TLS in kubeconfigs” above may say otherwise.
      </Fact>
      <Fact name="Plain HTTP">{httpPort === null ? 'Off' : `On, port ${httpPort}`}</Fact>
    </dl>
  );
}

function trustIn({ embedded, trustedAlone }: TlsInfo): string {
  if (!embedded) return 'New ones embed no CA, since it is publicly trusted.';
  return trustedAlone
    ? 'New ones embed this one certificate, since its CA was not given, and end with it.'
    : 'New ones embed its CA.';
}

/** One thing that is known, with its name. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
