import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';
import { ProblemNote } from './ProblemNote.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** What follows from it. */
  readonly children: ReactNode;
  /** What the button does, in a verb. */
  readonly act: string;
  readonly isBusy: boolean;
  /** Set while something must be agreed to first. */
  readonly isDisabled?: boolean;
  readonly error?: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before what cannot be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, act, isBusy, isDisabled = false, error, onConfirm, onClose } = props;
  const id = useId();
  return (
    <Modal
      isOpen
      variant="small"
      onClose={onClose}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-body`}
    >
      <ModalHeader title={title} labelId={`${id}-title`} />
      <ModalBody id={`${id}-body`}>
        <div className="sp-stack">
          <ProblemNote error={error} />
          {children}
        </div>
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          isLoading={isBusy}
          isDisabled={isBusy || isDisabled}
          onClick={onConfirm}
        >
          {act}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
