import type { User } from '@sallyport/contract';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';

interface RemoveSecondFactorDialogProps {
  readonly user: User;
  readonly onClose: () => void;
}

/** Takes somebody's second factor away, as for a lost phone. */
export function RemoveSecondFactorDialog({ user, onClose }: RemoveSecondFactorDialogProps) {
  const remove = useDialogAct('users.removeSecondFactor', {
    stale: ['users.', 'sessions.'],
    done: () => `The second factor of ${user.username} is removed.`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`Remove the second factor of ${user.username}?`}
      act="Remove"
      {...remove.dialog}
      onConfirm={() => remove.send({ params: { id: user.id } })}
    >
      <p>
        Their sign-ins end, and their password alone lets them in until they set up another. Be sure
        that it is they who ask for it. They are told on their Account page that you did it.
      </p>
    </ConfirmDialog>
  );
}
