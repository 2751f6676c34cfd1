import type { User } from '@sallyport/contract';
import { RevokeManyDialog } from '../kubeconfigs/RevokeManyDialog.tsx';

/** Takes back every file of a user. */
export function RevokeKubeconfigsDialog({ user, onClose }: { user: User; onClose: () => void }) {
  return (
    <RevokeManyDialog
      title={`Revoke all kubeconfigs of ${user.username}?`}
      which={{ userId: user.id }}
      onClose={onClose}
    />
  );
}
