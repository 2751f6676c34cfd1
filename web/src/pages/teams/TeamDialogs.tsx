import type { Team } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { rowsOf } from '../../app/foresee.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { FormDialog } from '../../components/FormDialog.tsx';
import { TextField } from '../../components/TextField.tsx';
import { endingInWords } from '../../lib/grants.ts';
import { fieldError } from '../../lib/problems.ts';

/** Adds a team, as yet without members. */
export function AddTeamDialog({ onClose }: { onClose: () => void }) {
  const create = useDialogAct('teams.create', {
    stale: ['teams.'],
    done: (team) => `The team ${team.name} is added.`,
    onClose,
  });
  const [name, setName] = useState('');
  return (
    <FormDialog
      title="Add a team"
      submit="Add team"
      {...create.dialog}
      onSubmit={() => create.send({ body: { name: name.trim() } })}
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
  const remove = useDialogAct('teams.delete', {
    stale: ['teams.', 'users.', 'grants.', 'environments.', 'auth.'],
    foresee: () => [rowsOf('teams.list', (row) => (row.id === team.id ? undefined : row))],
    done: () => `The team ${team.name} is deleted.`,
    onClose,
  });
  const grants = useRoute('grants.list', {
    query: { teamId: team.id, state: 'active', limit: 1 },
  });
  return (
    <ConfirmDialog
      title={`Delete the team ${team.name}?`}
      act="Delete"
      {...remove.dialog}
      onConfirm={() => remove.send({ params: { id: team.id } })}
    >
      <p>
        {endingInWords('Its', grants.data?.total)} with the next request. Its{' '}
        {team.members === 1 ? 'one member stays' : `${team.members} members stay`}, with what they
        have from elsewhere.
      </p>
    </ConfirmDialog>
  );
}
