import { Button, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useRoute } from '../../app/client.ts';
import { Field } from '../../components/Field.tsx';
import { Filters } from '../../components/Filters.tsx';
import { GRANT_STATES, type GrantSearch, isFiltered } from '../../lib/grants.ts';
import { EnvironmentField } from '../../panels/EnvironmentBox.tsx';
import type { useGrantSearch } from './use-grant-search.ts';

interface GrantFiltersProps {
  readonly search: GrantSearch;
  readonly onChange: ReturnType<typeof useGrantSearch>['change'];
  readonly onClear: () => void;
}

const STATES = { active: 'In force', ending: 'Ending within 7 days', ended: 'Ended' } as const;

/** Which grants to show. */
export function GrantFilters({ search, onChange, onClear }: GrantFiltersProps) {
  const roles = useRoute('roles.list', { query: { limit: 1000 } });
  return (
    <Filters>
      <EnvironmentField
        id="grants-environment"
        label="Environment"
        none="All"
        value={search.environmentId}
        onChange={(environmentId) => onChange({ environmentId })}
      />
      <Field id="grants-role" label="Role">
        {(control) => (
          <FormSelect
            {...control}
            value={search.roleId ?? ''}
            onChange={(_, id) => onChange({ roleId: id ? Number(id) : undefined })}
          >
            <FormSelectOption value="" label="All" />
            {(roles.data?.items ?? []).map(({ id, name }) => (
              <FormSelectOption key={id} value={id} label={name} />
            ))}
          </FormSelect>
        )}
      </Field>
      <Field id="grants-state" label="State">
        {(control) => (
          <FormSelect
            {...control}
            value={search.state ?? ''}
            onChange={(_, next) =>
              onChange({ state: GRANT_STATES.find((known) => known === next) })
            }
          >
            <FormSelectOption value="" label="Any" />
            {GRANT_STATES.map((state) => (
              <FormSelectOption key={state} value={state} label={STATES[state]} />
            ))}
          </FormSelect>
        )}
      </Field>
      {search.userId !== undefined && (
        <Only id={search.userId} kind="user" onClear={() => onChange({ userId: undefined })} />
      )}
      {search.teamId !== undefined && (
        <Only id={search.teamId} kind="team" onClear={() => onChange({ teamId: undefined })} />
      )}
      <Button variant="link" isInline isDisabled={!isFiltered(search)} onClick={onClear}>
        Clear filters
      </Button>
    </Filters>
  );
}

/** The one user or team whose grants are shown; chosen by a click on their name. */
function Only({ kind, id, onClear }: { kind: 'user' | 'team'; id: number; onClear: () => void }) {
  const filter = kind === 'user' ? { userId: id } : { teamId: id };
  const { data } = useRoute('grants.list', { query: { limit: 1, ...filter } });
  const name = data?.items[0]?.subject ?? `${id}`;
  return (
    <Button variant="secondary" size="sm" onClick={onClear} aria-label={`No longer only ${name}`}>
      Only {kind === 'team' ? `team ${name}` : name} ×
    </Button>
  );
}
