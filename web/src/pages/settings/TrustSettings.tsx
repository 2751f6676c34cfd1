import { Radio } from '@patternfly/react-core';
import type { Settings } from '@sallyport/contract';
import { Panel } from '../../components/Panel.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';
import { CasField } from './CasField.tsx';

type Trust = Pick<Settings, 'kubeconfigTrust' | 'kubeconfigCas' | 'environmentDomain'>;

interface TrustSettingsProps {
  readonly draft: Trust;
  readonly onChange: (part: Partial<Trust>) => void;
  readonly error: unknown;
}

const TRUST: ReadonlyArray<{ value: Settings['kubeconfigTrust']; label: string; help: string }> = [
  {
    value: 'auto',
    label: 'As the certificate needs it',
    help: 'The file holds Sallyport’s CA, unless its certificate is publicly trusted.',
  },
  {
    value: 'given',
    label: 'CAs of your own',
    help: 'For a load balancer or ingress that ends TLS with a certificate of a private CA.',
  },
  {
    value: 'system',
    label: 'The CAs of the machine that uses the file',
    help: 'For a CA that your machines trust already.',
  },
  {
    value: 'insecure',
    label: 'Do not verify',
    help: 'Whoever stands between could read and change everything. For a test only.',
  },
];

/** How kubeconfigs that are made from now on know Sallyport. */
export function TrustSettings({ draft, onChange, error }: TrustSettingsProps) {
  return (
    <Panel
      title="TLS in kubeconfigs"
      lead="How kubectl knows that it speaks with this Sallyport. It applies to files made from now on."
    >
      <div className="sp-stack">
        <fieldset className="sp-choices">
          <legend className="sp-visually-hidden">TLS in kubeconfigs</legend>
          {TRUST.map(({ value, label, help }) => (
            <Radio
              key={value}
              id={`trust-${value}`}
              name="trust"
              label={label}
              description={help}
              isChecked={draft.kubeconfigTrust === value}
              onChange={() => onChange({ kubeconfigTrust: value })}
            />
          ))}
        </fieldset>
        {draft.kubeconfigTrust === 'given' && (
          <CasField
            value={draft.kubeconfigCas}
            onChange={(kubeconfigCas) => onChange({ kubeconfigCas })}
          />
        )}
        <TextField
          id="environment-domain"
          label="Domain of environments"
          value={draft.environmentDomain}
          onChange={(environmentDomain) => onChange({ environmentDomain })}
          error={fieldError(error, 'environmentDomain')}
          help="With sallyport.internal, say, files name the environment in TLS too (tls-server-name), and kubectl proxy and get --raw of an old kubectl work. Leave it empty where a load balancer ends TLS or chooses by its server name; with CAs of your own it is left out."
        />
      </div>
    </Panel>
  );
}
