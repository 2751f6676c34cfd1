import type { Team } from '@sallyport/contract';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { FormDialog } from '../../components/FormDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';

/** Adds a team, as yet without members. */
export function AddTeamDialog({ onClose }: { onClose: () => void }) {
  const create = useAct('teams.create', ['teams.']);
  const notify = useNotify();
  const [name, setName] = useState('');
  return (
    <FormDialog
      title="Add a team"
      submit="Add team"
      isBusy={create.isPending}
      error={create.error}
      onClose={onClose}
      onSubmit={() =>
        create.mutate(
          { body: { name: name.trim() } },
          {
            onSuccess: (team) => {
              notify(`The team ${team.name} is added.`);
              onClose();
            },
          },
        )
      }
    >
      <TextField
        id="team-name"
        label="Name"
        value={name}
        onChange={setName}
        error={fieldError(create.error, 'name')}
        help="Letters, digits and . _ @ + -."
        isRequired
        autoFocus
      />
    </FormDialog>
  );
}

/** Removes a team for good; its members stay. */
export function DeleteTeamDialog({ team, onClose }: { team: Team; onClose: () => void }) {
  const remove = useAct('teams.delete', ['teams.', 'users.', 'grants.', 'environments.', 'auth.']);
  const notify = useNotify();
  return (
    <ConfirmDialog
      title={`Delete the team ${team.name}?`}
      act="Delete"
      isBusy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { params: { id: team.id } },
          {
            onSuccess: () => {
              notify(`The team ${team.name} is deleted.`);
              onClose();
            },
          },
        )
      }
    >
      <p>
        What was granted to it ends with the next request. Its{' '}
        {team.members === 1 ? 'one member stays' : `${team.members} members stay`}, with what they
        have from elsewhere.
      </p>
    </ConfirmDialog>
  );
}
