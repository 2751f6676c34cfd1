import { Skeleton } from '@patternfly/react-core';
import type { Environment } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { CopyBlock } from '../../components/CopyBlock.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';

interface CommandFieldProps {
  readonly rbac: Environment['rbac'];
  readonly kubeconfig: string;
  readonly onChange: (kubeconfig: string) => void;
  readonly error: string | undefined;
}

/** A command that lets Sallyport into a cluster, and the place for what it prints. */
export function CommandField({ rbac, kubeconfig, onChange, error }: CommandFieldProps) {
  const answer = useRoute('manifests.onboarding', { query: { rbac } }, { keep: true });
  return (
    <>
      <ProblemNote error={answer.error} onRetry={answer.refetch} />
      {!answer.data && !answer.error && (
        <Skeleton height="10rem" screenreaderText="The command is on its way" />
      )}
      {answer.data && (
        <>
          <CopyBlock label="1. Run this as an admin of the cluster" text={answer.data.command} />
          <p className="sp-soft">
            It makes a ServiceAccount with no more rights than Sallyport needs, pulls no image, and
            prints a kubeconfig. It can be run again at any time.
          </p>
          <details>
            <summary>What it applies</summary>
            <CopyBlock label="Manifest" text={answer.data.manifest} />
          </details>
        </>
      )}
      <TextField
        id="source-printed"
        label="2. Paste what it printed"
        rows={5}
        value={kubeconfig}
        onChange={onChange}
        error={error}
        help="It is stored encrypted, and never shown again."
        isRequired
      />
    </>
  );
}
