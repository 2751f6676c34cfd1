import { Radio } from '@patternfly/react-core';
import type { Environment } from '@sallyport/contract';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';
import { CommandField } from './CommandField.tsx';
import { KubeconfigField } from './KubeconfigField.tsx';
import type { Source } from './source.ts';
import './environments.css';

interface SourceFieldsProps {
  readonly source: Source;
  readonly onChange: (source: Source) => void;
  readonly error: unknown;
  /** For the command, which differs. */
  readonly rbac: Environment['rbac'];
  /** Whether the context is chosen elsewhere, since several may be. */
  readonly several?: boolean;
}

const KINDS = [
  { kind: 'kubeconfig', label: 'A kubeconfig' },
  { kind: 'command', label: 'A command for the cluster' },
  { kind: 'address', label: 'Address, CA and token' },
] as const;

/** How Sallyport reaches a cluster: a kubeconfig, or its address with what to trust and to show. */
export function SourceFields({
  source,
  onChange,
  error,
  rbac,
  several = false,
}: SourceFieldsProps) {
  const change = (part: Partial<Source>) => onChange({ ...source, ...part });
  return (
    <>
      <fieldset className="sp-kinds">
        <legend>How Sallyport reaches it</legend>
        {KINDS.map(({ kind, label }) => (
          <Radio
            key={kind}
            id={`source-kind-${kind}`}
            name="source"
            label={label}
            isChecked={source.kind === kind}
            onChange={() => change({ kind })}
          />
        ))}
      </fieldset>
      {source.kind === 'command' && (
        <CommandField
          rbac={rbac}
          kubeconfig={source.kubeconfig}
          onChange={(kubeconfig) => change({ kubeconfig, context: '' })}
          error={fieldError(error, 'kubeconfig')}
        />
      )}
      {source.kind === 'kubeconfig' && (
        <KubeconfigField
          kubeconfig={source.kubeconfig}
          context={source.context}
          onChange={change}
          error={fieldError(error, 'kubeconfig')}
          several={several}
        />
      )}
      {source.kind === 'address' && (
        <>
          <TextField
            id="source-server"
            label="API server"
            type="url"
            placeholder="https://…"
            value={source.server}
            onChange={(server) => change({ server })}
            error={fieldError(error, 'server')}
            isRequired
          />
          <TextField
            id="source-ca"
            label="CA certificate"
            rows={4}
            value={source.caData}
            onChange={(caData) => change({ caData })}
            error={fieldError(error, 'caData')}
            help="PEM, or the base64 of certificate-authority-data. Empty: the public CAs."
          />
          <TextField
            id="source-token"
            label="Token"
            type="password"
            value={source.token}
            onChange={(token) => change({ token })}
            error={fieldError(error, 'token')}
            help="Of a ServiceAccount that may impersonate users and groups. It is stored encrypted."
            isRequired
          />
        </>
      )}
    </>
  );
}
