import { Modal, ModalHeader } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { publicSettingsQuery } from '../../../app/session.ts';
import { policyOf } from '../../../lib/expiry.ts';
import { ChooseStep } from './ChooseStep.tsx';
import { DoneStep } from './DoneStep.tsx';
import type { SavedFile } from './download.ts';

/** Which environments, for how long, under which name; then the file, and how to use it. */
export default function KubeconfigDialog({ onClose }: { onClose: () => void }) {
  const id = useId();
  // Asked again when the dialog opens: an admin may have changed the expiry since.
  const settings = useQuery({ ...publicSettingsQuery, staleTime: 0 });
  const [saved, setSaved] = useState<SavedFile>();

  return (
    <Modal isOpen variant={saved ? 'small' : 'medium'} onClose={onClose} aria-labelledby={id}>
      <ModalHeader
        title={saved ? 'Your kubeconfig is saved' : 'Download kubeconfig'}
        labelId={id}
        description={
          saved
            ? undefined
            : 'A file for kubectl and other tools, with your permissions. Each environment becomes a context in it.'
        }
      />
      {saved ? (
        <DoneStep saved={saved} onClose={onClose} />
      ) : (
        <ChooseStep
          expiry={settings.data && policyOf(settings.data)}
          onSaved={setSaved}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}
