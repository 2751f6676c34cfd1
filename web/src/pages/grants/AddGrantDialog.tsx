import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError } from '../../lib/problems.ts';
import { EMPTY_DRAFT, type GrantDraft, grantBody } from './draft.ts';
import { PlaceField } from './PlaceField.tsx';
import { Reach } from './Reach.tsx';
import { RoleField } from './RoleField.tsx';
import { ScopeField } from './ScopeField.tsx';
import { SubjectField } from './SubjectField.tsx';
import { UntilField } from './UntilField.tsx';

/** Gives somebody a role, somewhere. */
export function AddGrantDialog({ onClose }: { onClose: () => void }) {
  const create = useAct('grants.create', { stale: ['grants.', 'environments.', 'access.'] });
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
      error={create.error}
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
          <PlaceField
            draft={draft}
            onChange={change}
            error={fieldError(create.error, 'environmentSelector')}
          />
          <Reach draft={draft} />
        </div>
        <div className="sp-columns__side">
          <RoleField role={draft.role} onChange={(role) => change({ role })} />
          <ScopeField
            draft={draft}
            onChange={change}
            error={
              fieldError(create.error, 'namespaces') ??
              fieldError(create.error, 'namespaceSelector')
            }
          />
          <UntilField
            until={draft.until}
            onChange={(until) => change({ until })}
            error={fieldError(create.error, 'expiresAt')}
          />
          <TextField
            id="grant-note"
            label="Note (optional)"
            value={draft.note}
            onChange={(note) => change({ note })}
            error={fieldError(create.error, 'note')}
            help="Why they have it, for those who read the list later."
          />
        </div>
      </div>
    </FormDialog>
  );
}
