import type { User } from '@sallyport/contract';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';

/** Gives a user a new password. */
export function ResetPasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const update = useAct('users.update', ['users.']);
  const notify = useNotify();
  const [password, setPassword] = useState('');
  return (
    <FormDialog
      title={`Reset the password of ${user.username}`}
      lead="Their sign-ins end. Tell them the new password in person; they can change it on their Account page."
      submit="Reset password"
      isBusy={update.isPending}
      error={update.error}
      onClose={onClose}
      onSubmit={() =>
        update.mutate(
          { params: { id: user.id }, body: { password } },
          {
            onSuccess: () => {
              notify(`The password of ${user.username} is reset.`);
              onClose();
            },
          },
        )
      }
    >
      <TextField
        id="reset-password"
        label="New password"
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        error={fieldError(update.error, 'password')}
        help="At least 12 characters."
        isRequired
        autoFocus
      />
    </FormDialog>
  );
}
