import {
  Button,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  Skeleton,
} from '@patternfly/react-core';
import type { Environment } from '@sallyport/contract';
import { useEffect, useId, useRef } from 'react';
import { useAct } from '../../app/client.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { CheckResult } from './CheckResult.tsx';

interface CheckDialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** Tests the connection now and says what it finds. */
export function CheckDialog({ environment, onClose }: CheckDialogProps) {
  const id = useId();
  const check = useAct('environments.check', { stale: ['environments.'] });
  const { mutate } = check;
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate({ params: { id: environment.id } });
  }, [mutate, environment.id]);

  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby={id}>
      <ModalHeader title={`Check of ${environment.name}`} labelId={id} />
      <ModalBody>
        <div className="sp-stack" aria-live="polite" aria-busy={check.isPending}>
          {check.isPending && <Skeleton height="3rem" screenreaderText="Connecting" />}
          <ProblemNote error={check.error} />
          {check.data && <CheckResult check={check.data} />}
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Done</Button>
        <Button
          variant="link"
          isDisabled={check.isPending}
          onClick={() => mutate({ params: { id: environment.id } })}
        >
          Check again
        </Button>
      </ModalFooter>
    </Modal>
  );
}
