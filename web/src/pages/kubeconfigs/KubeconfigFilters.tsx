import { Button, FormSelect, FormSelectOption } from '@patternfly/react-core';
import type { KubeconfigStateFilter } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { Field } from '../../components/Field.tsx';
import { Filters } from '../../components/Filters.tsx';
import { TextField } from '../../components/TextField.tsx';
import { useLateText } from '../../components/use-late-text.ts';
import { STATES } from '../../lib/kubeconfigs.ts';
import type { useKubeconfigList } from './use-kubeconfig-list.ts';

type Listing = ReturnType<typeof useKubeconfigList>;

/** How long after the last key the list is asked for, in milliseconds. */
const WAIT_MS = 300;

/** Which kubeconfigs of everybody to show. */
export function KubeconfigFilters({ search, change, isFiltered }: Listing) {
  const environments = useRoute('environments.names');
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
      <Field id="kubeconfigs-environment" label="Reaches">
        {(control) => (
          <FormSelect
            {...control}
            value={search.environmentId ?? ''}
            onChange={(_, id) => change({ environmentId: id ? Number(id) : undefined })}
          >
            <FormSelectOption value="" label="Any environment" />
            {(environments.data?.items ?? []).map(({ id, name }) => (
              <FormSelectOption key={id} value={id} label={name} />
            ))}
          </FormSelect>
        )}
      </Field>
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
