import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useRoute } from '../../app/client.ts';
import { Field } from '../../components/Field.tsx';

/** Which role; below it what the chosen one allows. */
export function RoleField({ role, onChange }: { role: string; onChange: (role: string) => void }) {
  const { data } = useRoute('roles.list', { query: { limit: 1000 } });
  const roles = data?.items ?? [];
  return (
    <Field
      id="grant-role"
      label="Role"
      help={roles.find(({ name }) => name === role)?.description || 'A role made of rules.'}
    >
      {(control) => (
        <FormSelect {...control} value={role} onChange={(_, next) => onChange(next)}>
          {roles.map(({ id, name }) => (
            <FormSelectOption key={id} value={name} label={name} />
          ))}
        </FormSelect>
      )}
    </Field>
  );
}
