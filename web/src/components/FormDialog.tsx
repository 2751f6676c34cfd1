import {
  Button,
  Form,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  type ModalProps,
} from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';
import { ProblemNote } from './ProblemNote.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly submit: string;
  readonly isBusy: boolean;
  readonly isDisabled?: boolean;
  readonly error?: unknown;
  readonly variant?: NonNullable<ModalProps['variant']>;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog with fields: Enter sends it, Escape closes it, what went wrong stands above the fields. */
export function FormDialog({
  title,
  lead,
  submit,
  isBusy,
  isDisabled = false,
  error,
  variant = 'small',
  onSubmit,
  onClose,
  children,
}: FormDialogProps) {
  const id = useId();
  return (
    <Modal isOpen variant={variant} onClose={onClose} aria-labelledby={`${id}-title`}>
      <ModalHeader title={title} labelId={`${id}-title`} description={lead} />
      <ModalBody>
        <Form
          id={id}
          onSubmit={(event) => {
            event.preventDefault();
            if (!isBusy && !isDisabled) onSubmit();
          }}
        >
          <ProblemNote error={error} />
          {children}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={id} isLoading={isBusy} isDisabled={isBusy || isDisabled}>
          {submit}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
