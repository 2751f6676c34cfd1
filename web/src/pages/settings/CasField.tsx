import { Alert, Button } from '@patternfly/react-core';
import { type CaList, type CaTrial, holdsPrivateKey } from '@sallyport/contract';
import { useAct, useRoute } from '../../app/client.ts';
import { FileTextField } from '../../components/FileTextField.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { useSettled } from '../../components/use-settled.ts';
import { troubleOf } from '../../lib/problems.ts';

interface CasFieldProps {
  /** PEM; what is being typed may not be that yet. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The CAs that kubeconfigs embed in place of Sallyport's own, with what they are. */
export function CasField({ value, onChange }: CasFieldProps) {
  const pem = useSettled(value, 250);
  // What is a secret is not sent, not even to ask what it is.
  const hasKey = holdsPrivateKey(value);
  const isReadable = pem === value && pem.trim() !== '' && !hasKey;
  const read = useRoute('settings.readCas', { body: { pem } }, { enabled: isReadable });
  const trial = useAct('settings.tryCas');
  const cas = isReadable ? read.data?.items : undefined;
  return (
    <div className="sp-stack">
      <FileTextField
        id="kubeconfig-cas"
        label="CAs to embed"
        rows={6}
        value={value}
        onChange={(next) => {
          trial.reset();
          onChange(next);
        }}
        error={
          hasKey
            ? 'This holds a private key, which nobody needs here: it has not been sent. Give certificates alone.'
            : isReadable && read.error
              ? troubleOf(read.error).detail
              : undefined
        }
        help="PEM, of the CA that signed the certificate which people meet. Several stand one below the other: before that CA is changed, add the new one; once nobody uses a file made before, remove the old one."
        choose="Choose a file of CAs"
      />
      {cas?.map((ca) => (
        <Ca key={ca.fingerprint} {...ca} />
      ))}
      {cas && (
        <div>
          <Button
            variant="secondary"
            isLoading={trial.isPending}
            isDisabled={trial.isPending}
            onClick={() => trial.mutate({ body: { pem } })}
          >
            Does the public address verify with these?
          </Button>
        </div>
      )}
      <div aria-live="polite">{cas && trial.data && <Outcome {...trial.data} />}</div>
      <ProblemNote error={trial.error} />
    </div>
  );
}

function Ca({ subject, notAfter, fingerprint, alone, endsSoon }: CaList['items'][number]) {
  return (
    <div className="sp-stack">
      <dl className="sp-facts">
        <div>
          <dt>CA</dt>
          <dd>{subject}</dd>
        </div>
        <div>
          <dt>Ends</dt>
          <dd>
            <TimeText time={notAfter} form="day" /> (<TimeText time={notAfter} />)
          </dd>
        </div>
        <div>
          <dt>SHA-256</dt>
          <dd>
            <code className="sp-mono">{fingerprint}</code>
          </dd>
        </div>
      </dl>
      {endsSoon && (
        <Alert variant="warning" isInline title="It ends soon" component="p">
          <p>Files that trust it alone fail from then on. Add the CA that follows it.</p>
        </Alert>
      )}
      {alone && (
        <Alert variant="warning" isInline title="It is no CA" component="p">
          <p>
            It signed itself: files trust this one certificate, and fail as soon as people meet
            another.
          </p>
        </Alert>
      )}
    </div>
  );
}

const VARIANTS = { verified: 'success', refused: 'danger', unreachable: 'warning' } as const;

function Outcome({ outcome, message }: CaTrial) {
  return <Alert variant={VARIANTS[outcome]} isInline title={message} component="p" />;
}
