import { Checkbox } from '@patternfly/react-core';
import type { User } from '@sallyport/contract';
import { useState } from 'react';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { NewPasswordField } from '../../components/NewPasswordField.tsx';

/** Gives a user a new password. */
export function ResetPasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const isOfProvider = user.signIn === 'provider';
  const update = useDialogAct('users.update', {
    stale: ['users.', 'kubeconfigs.', 'tokens.'],
    done: () =>
      isOfProvider
        ? `${user.username} signs in by a password now.`
        : `The password of ${user.username} is reset.`,
    onClose,
  });
  const [password, setPassword] = useState('');
  const [revokeKubeconfigs, setRevoke] = useState(false);
  return (
    <FormDialog
      title={
        isOfProvider
          ? `Have ${user.username} sign in by a password`
          : `Reset the password of ${user.username}`
      }
      lead={`${isOfProvider ? 'They sign in through the provider no more. ' : ''}Their sign-ins end. Tell them the new password in person; they can change it on their Account page.`}
      submit={isOfProvider ? 'Set the password' : 'Reset password'}
      {...update.dialog}
      onSubmit={() =>
        update.send({
          params: { id: user.id },
          body: { password, revokeKubeconfigs, signIn: 'password' },
        })
      }
    >
      <NewPasswordField
        id="reset-password"
        label="New password"
        path="password"
        value={password}
        onChange={setPassword}
        error={update.error}
        autoFocus
      />
      <Checkbox
        id="reset-kubeconfigs"
        label="Revoke all their kubeconfigs and API tokens too"
        description="Where somebody else may know the password: they may have made some with it."
        isChecked={revokeKubeconfigs}
        onChange={(_, checked) => setRevoke(checked)}
      />
    </FormDialog>
  );
}
