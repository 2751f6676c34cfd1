import { Button, ModalBody, ModalFooter } from '@patternfly/react-core';
import type { CheckedEnvironment } from '@sallyport/contract';
import { useAct } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { Icon } from '../../components/Icon.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { CheckResult } from './CheckResult.tsx';

interface AddedStepProps {
  readonly environment: CheckedEnvironment;
  readonly onClose: () => void;
}

/** What the check of a new environment found, and the first grant, which nobody has yet. */
export function AddedStep({ environment, onClose }: AddedStepProps) {
  const me = useMe();
  const grant = useAct('grants.create', { stale: ['grants.', 'environments.'] });
  return (
    <>
      <ModalBody>
        <div className="sp-stack">
          <CheckResult check={environment.check} />
          <ProblemNote error={grant.error} title="The grant was not made" />
          {grant.data ? (
            <p className="sp-row" role="status">
              <Icon name="done" /> You are cluster-admin in {environment.name} now.
            </p>
          ) : (
            <p>
              Nobody may enter it yet: that takes a grant, for admins as for everybody. Give
              yourself one here, or choose who may do what on the Grants page.
            </p>
          )}
        </div>
      </ModalBody>
      <ModalFooter>
        {!grant.data && (
          <Button
            variant="secondary"
            isLoading={grant.isPending}
            isDisabled={grant.isPending}
            onClick={() =>
              grant.mutate({
                body: { userId: me.id, environmentIds: [environment.id], role: 'cluster-admin' },
              })
            }
          >
            Give me cluster-admin there
          </Button>
        )}
        <Button onClick={onClose}>Done</Button>
      </ModalFooter>
    </>
  );
}
