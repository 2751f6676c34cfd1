import type { User } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { answerOf, rowsOf } from '../../app/foresee.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { endingInWords } from '../../lib/grants.ts';

interface UserDialogProps {
  readonly user: User;
  readonly onClose: () => void;
}

const STALE = ['users.', 'teams.', 'grants.', 'auth.', 'kubeconfigs.', 'tokens.'];

/** Makes an admin of a user, or the other way round. */
export function RoleDialog({ user, onClose }: UserDialogProps) {
  const toAdmin = user.role !== 'admin';
  return (
    <ChangeDialog
      user={user}
      onClose={onClose}
      title={toAdmin ? `Make ${user.username} an admin?` : `Make ${user.username} a plain user?`}
      act={toAdmin ? 'Make an admin' : 'Make a plain user'}
      change={{ role: toAdmin ? 'admin' : 'user' }}
      done={`${user.username} is ${toAdmin ? 'an admin' : 'a plain user'} now.`}
    >
      {toAdmin
        ? 'Admins change everything in Sallyport: people, environments, grants and settings.'
        : 'What their grants allow in clusters stays as it is.'}
    </ChangeDialog>
  );
}

/** Shuts a user out, or lets them in again. */
export function DisableUserDialog({ user, onClose }: UserDialogProps) {
  return (
    <ChangeDialog
      user={user}
      onClose={onClose}
      title={user.disabled ? `Enable ${user.username}?` : `Disable ${user.username}?`}
      act={user.disabled ? 'Enable' : 'Disable'}
      change={{ disabled: !user.disabled }}
      done={`${user.username} is ${user.disabled ? 'enabled' : 'disabled'}.`}
    >
      {user.disabled
        ? 'They may sign in again, and their grants count again. For clusters they make new kubeconfigs.'
        : 'They cannot sign in, and their kubeconfigs and API tokens are revoked for good. Their grants are kept for when they are enabled again.'}
    </ChangeDialog>
  );
}

interface ChangeDialogProps extends UserDialogProps {
  readonly title: string;
  readonly act: string;
  readonly change: { readonly role?: User['role']; readonly disabled?: boolean };
  readonly done: string;
  readonly children: string;
}

function ChangeDialog({ user, onClose, title, act, change, done, children }: ChangeDialogProps) {
  const update = useDialogAct('users.update', {
    stale: STALE,
    // Letting somebody in, or making an admin, is shown once it is so.
    foresee: change.disabled
      ? () => [rowsOf('users.list', changed), answerOf('users.get', changed)]
      : undefined,
    done: () => done,
    onClose,
  });

  function changed<T extends User>(row: T): T {
    return row.id === user.id ? { ...row, disabled: true } : row;
  }

  return (
    <ConfirmDialog
      title={title}
      act={act}
      {...update.dialog}
      onConfirm={() => update.send({ params: { id: user.id }, body: change })}
    >
      <p>{children}</p>
    </ConfirmDialog>
  );
}

/** Removes a user for good. */
export function DeleteUserDialog({
  user,
  onClose,
  onDeleted,
}: UserDialogProps & { readonly onDeleted?: () => void }) {
  const remove = useDialogAct('users.delete', {
    stale: STALE,
    done: () => `${user.username} is deleted.`,
    onClose,
    onDone: onDeleted,
  });
  const grants = useRoute('grants.list', {
    query: { userId: user.id, state: 'active', limit: 1 },
  });
  return (
    <ConfirmDialog
      title={`Delete ${user.username}?`}
      act="Delete"
      {...remove.dialog}
      onConfirm={() => remove.send({ params: { id: user.id } })}
    >
      <p>
        {endingInWords('Their', grants.data?.total)}, and their kubeconfigs and API tokens are
        refused from the next request on. This cannot be taken back. To shut somebody out for a
        while, disable them instead.
      </p>
    </ConfirmDialog>
  );
}
