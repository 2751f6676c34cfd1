import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { allEnvironmentsQuery } from '../../app/all-environments.ts';
import { useAct } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { PickMany } from '../../components/pick/PickMany.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';
import { EMPTY_DRAFT, type GrantDraft, grantBody } from './draft.ts';
import { RoleField } from './RoleField.tsx';
import { ScopeField } from './ScopeField.tsx';
import { SubjectField } from './SubjectField.tsx';

/** Gives somebody a role, somewhere. */
export function AddGrantDialog({ onClose }: { onClose: () => void }) {
  const create = useAct('grants.create', ['grants.', 'environments.']);
  const environments = useQuery(allEnvironmentsQuery('registered'));
  const notify = useNotify();
  const [draft, setDraft] = useState<GrantDraft>(EMPTY_DRAFT);
  const change = (part: Partial<GrantDraft>) => setDraft({ ...draft, ...part });
  const body = grantBody(draft);

  return (
    <FormDialog
      title="Add a grant"
      variant="medium"
      submit={create.isPending ? 'Writing to the clusters…' : 'Add grant'}
      isBusy={create.isPending}
      isDisabled={!body}
      error={create.error ?? environments.error}
      onClose={onClose}
      onSubmit={() =>
        body &&
        create.mutate(
          { body },
          {
            onSuccess: ({ subject, role, bindings }) => {
              const waiting = bindings.filter(({ state }) => state === 'pending').length;
              notify(
                waiting === 0
                  ? `${subject} has ${role} now.`
                  : `${subject} has ${role}; ${waiting} of ${bindings.length} clusters could not be told yet.`,
                waiting === 0 ? 'good' : 'bad',
              );
              onClose();
            },
          },
        )
      }
    >
      <div className="sp-columns">
        <div className="sp-columns__side">
          <SubjectField draft={draft} onChange={change} />
          <PickMany
            noun="environments"
            items={environments.data}
            selection={draft.environments}
            onChange={(selection) => change({ environments: selection })}
          />
        </div>
        <div className="sp-columns__side">
          <RoleField role={draft.role} onChange={(role) => change({ role })} />
          <ScopeField
            scope={draft.scope}
            namespaces={draft.namespaces}
            onChange={change}
            error={fieldError(create.error, 'namespaces')}
          />
          <TextField
            id="grant-until"
            label="Until (optional)"
            type="datetime-local"
            value={draft.until}
            onChange={(until) => change({ until })}
            error={fieldError(create.error, 'expiresAt')}
            help="In your time zone. Empty: no end."
          />
        </div>
      </div>
    </FormDialog>
  );
}
