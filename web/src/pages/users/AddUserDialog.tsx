import { Checkbox } from '@patternfly/react-core';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';

/** Adds somebody who may sign in. */
export function AddUserDialog({ onClose }: { onClose: () => void }) {
  const create = useAct('users.create', ['users.']);
  const notify = useNotify();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [isAdmin, setAdmin] = useState(false);
  return (
    <FormDialog
      title="Add a user"
      lead="They can sign in at once. To enter an environment they need a grant."
      submit="Add user"
      isBusy={create.isPending}
      error={create.error}
      onClose={onClose}
      onSubmit={() =>
        create.mutate(
          { body: { username: username.trim(), password, role: isAdmin ? 'admin' : 'user' } },
          {
            onSuccess: (user) => {
              notify(`${user.username} is added.`);
              onClose();
            },
          },
        )
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
      <TextField
        id="new-user-password"
        label="Password"
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        error={fieldError(create.error, 'password')}
        help="At least 12 characters."
        isRequired
      />
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
