import { Button, Checkbox, Form } from '@patternfly/react-core';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { NewPasswordField } from '../../components/NewPasswordField.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';

/** Changes one's own password. */
export function PasswordForm({ username }: { username: string }) {
  const change = useAct('auth.password', { stale: ['kubeconfigs.', 'tokens.'] });
  const notify = useNotify();
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const [revokeKubeconfigs, setRevoke] = useState(false);

  function send() {
    change.mutate(
      { body: { currentPassword, newPassword, revokeKubeconfigs } },
      {
        onSuccess: () => {
          setCurrent('');
          setNew('');
          setRevoke(false);
          notify(
            revokeKubeconfigs
              ? 'Your password is changed, and your kubeconfigs and API tokens are revoked.'
              : 'Your password is changed.',
          );
        },
      },
    );
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <ProblemNote error={change.error} />
      {/* Password managers want to know whose password changes. */}
      <input type="hidden" name="username" autoComplete="username" value={username} />
      <TextField
        id="current-password"
        label="Current password"
        type="password"
        autoComplete="current-password"
        value={currentPassword}
        onChange={setCurrent}
        error={fieldError(change.error, 'currentPassword')}
        isRequired
      />
      <NewPasswordField
        id="new-password"
        label="New password"
        path="newPassword"
        value={newPassword}
        onChange={setNew}
        error={change.error}
      />
      <Checkbox
        id="password-kubeconfigs"
        label="Revoke all my kubeconfigs and API tokens too"
        description="Where somebody else may know the old password: they may have made some with it."
        isChecked={revokeKubeconfigs}
        onChange={(_, checked) => setRevoke(checked)}
      />
      <div>
        <Button type="submit" isLoading={change.isPending} isDisabled={change.isPending}>
          Change password
        </Button>
      </div>
    </Form>
  );
}
