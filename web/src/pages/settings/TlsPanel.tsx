import type { TlsInfo } from '@sallyport/contract';
import type { ReactNode } from 'react';
import { useRoute } from '../../app/client.ts';
import { Panel } from '../../components/Panel.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TimeText } from '../../components/TimeText.tsx';

/** Who Sallyport shows itself to be, and where it listens. Both are configuration, so only shown. */
export function TlsPanel() {
  const { data, error } = useRoute('system.tls');
  return (
    <Panel
      title="Certificate and listeners"
      lead="Set when Sallyport is started: --tls-cert and --tls-key for a certificate of your own, --http-port for plain HTTP."
    >
      <ProblemNote error={error} title="The certificate could not be read" />
      {data && <Facts {...data} />}
    </Panel>
  );
}

function Facts(tls: TlsInfo) {
  const { source, issuer, subject, names, notAfter, fingerprint, coversPublicUrl } = tls;
  const { embedded, httpPort, publicUrl } = tls;
  return (
    <dl className="sp-facts">
      <Fact name="Certificate">
        {source === 'own'
          ? 'From Sallyport’s own CA, renewed by itself'
          : 'From the files of --tls-cert and --tls-key, read again when they change'}
      </Fact>
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
        {embedded
          ? 'Embed its CA. Files that were made before another CA is used will not trust that one.'
          : 'Embed no CA, since it is publicly trusted.'}
      </Fact>
      <Fact name="Plain HTTP">{httpPort === null ? 'Off' : `On, port ${httpPort}`}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
