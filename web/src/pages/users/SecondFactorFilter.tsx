import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { Field } from '../../components/Field.tsx';
import { Filters } from '../../components/Filters.tsx';
import type { UserSearch } from '../../lib/users.ts';

interface SecondFactorFilterProps {
  readonly value: UserSearch['secondFactor'];
  readonly onChange: (value: UserSearch['secondFactor']) => void;
}

/** Which users to show: those with a second factor, or those without. */
export function SecondFactorFilter({ value, onChange }: SecondFactorFilterProps) {
  return (
    <Filters>
      <Field id="users-second-factor" label="Second factor">
        {(control) => (
          <FormSelect
            {...control}
            value={value ?? ''}
            onChange={(_, next) => onChange((next || undefined) as UserSearch['secondFactor'])}
          >
            <FormSelectOption value="" label="Any" />
            <FormSelectOption value="on" label="On" />
            <FormSelectOption value="off" label="None" />
          </FormSelect>
        )}
      </Field>
    </Filters>
  );
}
