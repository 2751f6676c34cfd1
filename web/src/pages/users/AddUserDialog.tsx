import { Checkbox } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { publicSettingsQuery } from '../../app/session.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { NewPasswordField } from '../../components/NewPasswordField.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';

/** Adds somebody who may sign in. */
export function AddUserDialog({ onClose }: { onClose: () => void }) {
  const create = useDialogAct('users.create', {
    stale: ['users.'],
    done: (user) => `${user.username} is added.`,
    onClose,
  });
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [isAdmin, setAdmin] = useState(false);
  const [ofProvider, setOfProvider] = useState(false);
  const hasProvider = useQuery(publicSettingsQuery).data?.provider != null;
  return (
    <FormDialog
      title="Add a user"
      lead="They can sign in at once. To enter an environment they need a grant."
      submit="Add user"
      {...create.dialog}
      onSubmit={() =>
        create.send({
          body: {
            ...{ username: username.trim(), role: isAdmin ? 'admin' : 'user' },
            ...(ofProvider ? { signIn: 'provider' } : { password }),
          },
        })
      }
    >
      <TextField
        id="new-username"
        label="Username"
        value={username}
        onChange={setUsername}
        error={fieldError(create.error, 'username')}
        help="Letters, digits and . _ @ + -. The clusters’ audit logs will show it."
        isRequired
        autoFocus
      />
      {hasProvider && (
        <Checkbox
          id="new-user-provider"
          label="Signs in through the provider"
          description="Whoever the provider is the first to call so is this user from then on."
          isChecked={ofProvider}
          onChange={(_, checked) => setOfProvider(checked)}
        />
      )}
      {!ofProvider && (
        <NewPasswordField
          id="new-user-password"
          label="Password"
          path="password"
          value={password}
          onChange={setPassword}
          error={create.error}
        />
      )}
      <Checkbox
        id="new-user-admin"
        label="Admin of Sallyport"
        description="May change people, environments, grants and settings."
        isChecked={isAdmin}
        onChange={(_, checked) => setAdmin(checked)}
      />
    </FormDialog>
  );
}
