import { Button, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useRoute } from '../../app/client.ts';
import { Field } from '../../components/Field.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import type { GroupRow } from '../../lib/provider.ts';

interface GroupTeamsProps {
  readonly rows: readonly GroupRow[];
  readonly onChange: (rows: GroupRow[]) => void;
  readonly error: string | undefined;
}

/** Which team the members of a group of the provider's are in. */
export function GroupTeams({ rows, onChange, error }: GroupTeamsProps) {
  const teams = useRoute('teams.list', { query: { limit: 1000 } });
  const change = (key: number, part: Partial<GroupRow>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const next = Math.max(0, ...rows.map(({ key }) => key + 1));
  return (
    <fieldset className="sp-choices">
      <legend>Groups that are teams</legend>
      <p className="sp-soft">
        With each sign-in, who is in the group is put into the team, and who is not is taken out.
      </p>
      <ProblemNote error={teams.error} onRetry={teams.refetch} />
      {rows.map(({ key, group, teamId }, index) => (
        <div key={key} className="sp-group-team">
          <TextField
            id={`provider-group-${key}`}
            label={`Group ${index + 1}`}
            value={group}
            onChange={(value) => change(key, { group: value })}
            error={error}
          />
          <Field id={`provider-team-${key}`} label={`Team of group ${index + 1}`}>
            {(control) => (
              <FormSelect
                {...control}
                value={teamId}
                onChange={(_, value) => change(key, { teamId: value })}
              >
                <FormSelectOption value="" label="Choose a team" />
                {(teams.data?.items ?? []).map(({ id, name }) => (
                  <FormSelectOption key={id} value={String(id)} label={name} />
                ))}
              </FormSelect>
            )}
          </Field>
          <Button
            variant="link"
            isInline
            onClick={() => onChange(rows.filter((row) => row.key !== key))}
          >
            Remove group {index + 1}
          </Button>
        </div>
      ))}
      <div>
        <Button
          variant="link"
          isInline
          onClick={() => onChange([...rows, { key: next, group: '', teamId: '' }])}
        >
          Add a group
        </Button>
      </div>
    </fieldset>
  );
}
