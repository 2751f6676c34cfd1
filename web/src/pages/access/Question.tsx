import { Radio } from '@patternfly/react-core';
import { Namespace } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { PickOne } from '../../components/pick/PickOne.tsx';
import { TextField } from '../../components/TextField.tsx';
import { useLateText } from '../../components/use-late-text.ts';
import type { ExploreSearch } from '../../lib/explore.ts';
import { EnvironmentField } from '../../panels/EnvironmentBox.tsx';
import '../environments/environments.css';
import type { useExploreSearch } from './use-explore-search.ts';

interface QuestionProps {
  readonly search: ExploreSearch;
  readonly onChange: ReturnType<typeof useExploreSearch>['change'];
}

/** Enough to choose from; the search finds the rest. */
const OFFERED = 20;
/** How long after the last key the question is asked, in milliseconds. */
const WAIT_MS = 400;

/** What is asked: about a person or a namespace, everywhere or in one environment. */
export function Question({ search, onChange }: QuestionProps) {
  const { ask, environmentId } = search;
  return (
    <form className="sp-explore__question" onSubmit={(event) => event.preventDefault()}>
      <fieldset className="sp-kinds sp-kinds--tall">
        <legend>Question</legend>
        <Radio
          id="ask-person"
          name="ask"
          label="What can a person do?"
          isChecked={ask !== 'namespace'}
          onChange={() => onChange({ ask: undefined })}
        />
        <Radio
          id="ask-namespace"
          name="ask"
          label="Who can reach a namespace?"
          isChecked={ask === 'namespace'}
          onChange={() => onChange({ ask: 'namespace' })}
        />
      </fieldset>
      <EnvironmentField
        id="ask-environment"
        label="Environment"
        none="All"
        value={environmentId}
        onChange={(next) => onChange({ environmentId: next })}
      />
      {ask === 'namespace' ? (
        <NamespaceField
          namespace={search.namespace}
          onChange={(namespace) => onChange({ namespace })}
        />
      ) : (
        <PersonField userId={search.userId} onChange={(userId) => onChange({ userId })} />
      )}
    </form>
  );
}

interface PersonFieldProps {
  readonly userId: number | undefined;
  readonly onChange: (userId: number) => void;
}

function PersonField({ userId, onChange }: PersonFieldProps) {
  const [q, setQ] = useState('');
  const { data } = useRoute(
    'users.list',
    { query: { limit: OFFERED, ...(q ? { q } : {}) } },
    { keep: true },
  );
  const chosen = useRoute(
    'users.get',
    { params: { id: userId ?? 0 } },
    { enabled: userId !== undefined },
  );
  const named = [...(data?.items ?? []), ...(chosen.data ? [chosen.data] : [])].find(
    ({ id }) => id === userId,
  );
  return (
    <PickOne
      label="People"
      choices={data?.items.map(({ id, username }) => ({ id, name: username }))}
      total={data?.total ?? 0}
      query={q}
      onQuery={setQ}
      chosen={named && { id: named.id, name: named.username }}
      onChoose={({ id }) => onChange(id)}
    />
  );
}

interface NamespaceFieldProps {
  readonly namespace: string | undefined;
  readonly onChange: (namespace: string | undefined) => void;
}

function NamespaceField({ namespace = '', onChange }: NamespaceFieldProps) {
  const { text, change } = useLateText(namespace, (next) => onChange(next || undefined), WAIT_MS);
  const wrong = text !== '' && !Namespace.safeParse(text.trim()).success;
  return (
    <TextField
      id="ask-name"
      label="Namespace"
      placeholder="payments"
      value={text}
      onChange={change}
      error={wrong ? 'A namespace has lower case letters, digits and hyphens.' : undefined}
    />
  );
}
