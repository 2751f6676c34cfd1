import { Checkbox, Skeleton } from '@patternfly/react-core';
import type { Role, RoleCreate } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { FormDialog } from '../../components/FormDialog.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { consequencesInWords } from '../../lib/rules.ts';

const STALE = ['roles.', 'grants.', 'environments.', 'auth.'];

interface ChangeRoleDialogProps {
  readonly role: Role;
  readonly to: RoleCreate;
  readonly onClose: () => void;
}

/** Says whom a change touches before it is made. */
export function ChangeRoleDialog({ role, to, onClose }: ChangeRoleDialogProps) {
  const change = useDialogAct('roles.update', {
    stale: STALE,
    done: ({ name }) => `The role ${name} is changed.`,
    onClose,
  });
  return (
    <FormDialog
      title={`Change the role ${role.name}?`}
      submit="Change"
      {...change.dialog}
      onSubmit={() => change.send({ params: { id: role.id }, body: to })}
    >
      <Consequences id={role.id} />
      <p>
        What the new rules take away ends with the next request. What they give counts once each
        cluster has them, which takes a moment.
      </p>
    </FormDialog>
  );
}

interface DeleteRoleDialogProps {
  readonly role: Role;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}

/** Removes a role; with its grants only where that is ticked. */
export function DeleteRoleDialog({ role, onClose, onDone }: DeleteRoleDialogProps) {
  const [endGrants, setEndGrants] = useState(false);
  const remove = useDialogAct('roles.delete', {
    stale: STALE,
    done: () => `The role ${role.name} is deleted.`,
    ...{ onClose, onDone },
  });
  return (
    <ConfirmDialog
      title={`Delete the role ${role.name}?`}
      act="Delete"
      isDisabled={role.grants > 0 && !endGrants}
      {...remove.dialog}
      onConfirm={() =>
        remove.send({ params: { id: role.id }, query: endGrants ? { endGrants: 'true' } : {} })
      }
    >
      <Consequences id={role.id} />
      {role.grants > 0 && (
        <Checkbox
          id="end-grants"
          label={
            role.grants === 1 ? 'End the grant that names it' : `End the ${role.grants} grants`
          }
          isChecked={endGrants}
          onChange={(_, next) => setEndGrants(next)}
        />
      )}
    </ConfirmDialog>
  );
}

/** Who has the role now, and where. */
function Consequences({ id }: { id: number }) {
  const { data, error, refetch } = useRoute('roles.consequences', { params: { id } });
  if (error) return <ProblemNote error={error} onRetry={refetch} />;
  if (!data) return <Skeleton width="80%" screenreaderText="On its way" />;
  return <p>{consequencesInWords(data)}</p>;
}
