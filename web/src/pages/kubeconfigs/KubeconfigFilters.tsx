import { Button, FormSelect, FormSelectOption } from '@patternfly/react-core';
import type { KubeconfigStateFilter } from '@sallyport/contract';
import { Field } from '../../components/Field.tsx';
import { Filters } from '../../components/Filters.tsx';
import { TextField } from '../../components/TextField.tsx';
import { useLateText } from '../../components/use-late-text.ts';
import { STATES } from '../../lib/kubeconfigs.ts';
import { EnvironmentField } from '../../panels/EnvironmentBox.tsx';
import type { useKubeconfigList } from './use-kubeconfig-list.ts';

type Listing = ReturnType<typeof useKubeconfigList>;

/** How long after the last key the list is asked for, in milliseconds. */
const WAIT_MS = 300;

/** Which kubeconfigs of everybody to show. */
export function KubeconfigFilters({ search, change, isFiltered }: Listing) {
  const user = useLateText(search.username ?? '', (username) => change({ username }), WAIT_MS);
  return (
    <Filters>
      <TextField
        id="kubeconfigs-user"
        label="User"
        placeholder="dana"
        value={user.text}
        onChange={user.change}
      />
      <EnvironmentField
        id="kubeconfigs-environment"
        label="Reaches"
        none="Any environment"
        value={search.environmentId}
        onChange={(environmentId) => change({ environmentId })}
      />
      <StateFilter search={search} change={change} />
      <Button
        variant="link"
        isInline
        isDisabled={!isFiltered}
        onClick={() => change({ state: undefined, username: undefined, environmentId: undefined })}
      >
        Clear filters
      </Button>
    </Filters>
  );
}

/** Which states to show. */
export function StateFilter({ search, change }: Pick<Listing, 'search' | 'change'>) {
  return (
    <Field id="kubeconfigs-state" label="State">
      {(control) => (
        <FormSelect
          {...control}
          value={search.state ?? ''}
          onChange={(_, state) =>
            change({ state: (state || undefined) as KubeconfigStateFilter | undefined })
          }
        >
          <FormSelectOption value="" label="Any" />
          {STATES.map((state) => (
            <FormSelectOption key={state.value} {...state} />
          ))}
        </FormSelect>
      )}
    </Field>
  );
}
