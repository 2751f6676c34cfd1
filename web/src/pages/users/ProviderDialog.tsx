import type { User } from '@sallyport/contract';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';

/** Has a user sign in through the provider from now on, as whoever it is the first to call so. */
export function ProviderDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const update = useDialogAct('users.update', {
    stale: ['users.', 'kubeconfigs.'],
    done: () => `${user.username} signs in through the provider.`,
    onClose,
  });
  const isAgain = user.signIn === 'provider';
  return (
    <ConfirmDialog
      title={
        isAgain
          ? `Tie ${user.username} to the provider anew?`
          : `Have ${user.username} sign in through the provider?`
      }
      act={isAgain ? 'Tie anew' : 'Change'}
      {...update.dialog}
      onConfirm={() => update.send({ params: { id: user.id }, body: { signIn: 'provider' } })}
    >
      <p>
        {isAgain
          ? 'Sallyport forgets who they are at the provider.'
          : 'Their password is taken away.'}{' '}
        Their sign-ins end. The next person whom the provider calls {user.username} is this user
        from then on, with all their grants and kubeconfigs: be sure that it is the same person.
      </p>
    </ConfirmDialog>
  );
}
