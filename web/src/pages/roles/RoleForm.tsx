import { Button, Form } from '@patternfly/react-core';
import type { Role, RoleCreate } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { CopyBlock } from '../../components/CopyBlock.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { useSettled } from '../../components/use-settled.ts';
import { fieldError } from '../../lib/problems.ts';
import { draftsOf, emptyRule, rulesOf } from '../../lib/rules.ts';
import { EnvironmentField } from '../../panels/EnvironmentBox.tsx';
import { RuleFields } from './RuleFields.tsx';

interface RoleFormProps {
  /** Absent: a role that is being made. */
  readonly role?: Role;
  readonly submit: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onSubmit: (role: RoleCreate) => void;
}

/** The editor of a custom role: its rules, and beside them the ClusterRole that they become. */
export function RoleForm({ role, submit, isBusy, error, onSubmit }: RoleFormProps) {
  const [name, setName] = useState(role?.name ?? '');
  const [description, setDescription] = useState(role?.description ?? '');
  const [rules, setRules] = useState(() => (role?.rules ? draftsOf(role.rules) : [emptyRule(0)]));
  const [tried, setTried] = useState(false);
  const answering = useRoute('environments.list', { query: { limit: 1, state: 'up' } });
  const first = answering.data?.items[0];
  const [chosenId, setChosenId] = useState<number>();
  const environmentId = chosenId ?? first?.id;
  const known = useRoute(
    'resources.list',
    { params: { id: environmentId ?? 0 } },
    { enabled: environmentId !== undefined },
  );
  const written = useSettled({ name, rules: rulesOf(rules) }, 250);
  const preview = useRoute('roles.preview', { body: written }, { keep: true });
  const isPossible = preview.data?.problems.length === 0;

  return (
    <div className="sp-role">
      <Form
        className="sp-role__form"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!isBusy) onSubmit({ name: name.trim(), description, rules: rulesOf(rules) });
        }}
      >
        <ProblemNote error={error} />
        <TextField
          id="role-name"
          label="Name"
          value={name}
          onChange={setName}
          error={fieldError(error, 'name')}
          isRequired
        />
        <TextField
          id="role-description"
          label="What it is for"
          value={description}
          onChange={setDescription}
          error={fieldError(error, 'description')}
        />
        <EnvironmentField
          id="role-environment"
          label="Complete from"
          none={answering.isPending ? '…' : 'No environment answers'}
          offersNone={false}
          value={environmentId}
          known={first}
          onChange={setChosenId}
          help={
            known.error
              ? 'That cluster does not answer; everything can be typed all the same.'
              : 'The kinds of objects that this environment’s cluster knows are offered below.'
          }
        />
        {rules.map((rule, index) => (
          <RuleFields
            key={rule.key}
            index={index}
            rule={rule}
            known={known.data?.items ?? []}
            preview={preview.data}
            showsProblems={tried}
            onChange={(next) => setRules(rules.map((one) => (one.key === rule.key ? next : one)))}
            onRemove={
              rules.length > 1
                ? () => setRules(rules.filter(({ key }) => key !== rule.key))
                : undefined
            }
          />
        ))}
        <div className="sp-row">
          <Button
            variant="secondary"
            onClick={() =>
              setRules([...rules, emptyRule(Math.max(...rules.map(({ key }) => key)) + 1)])
            }
          >
            Add rule
          </Button>
          <Button type="submit" isLoading={isBusy} isDisabled={isBusy}>
            {submit}
          </Button>
        </div>
        {tried && preview.data && !isPossible && (
          <p className="sp-words__note" data-wrong role="status">
            Kubernetes would refuse these rules: see what is marked above.
          </p>
        )}
      </Form>
      <aside className="sp-role__yaml" aria-label="The ClusterRole that this becomes">
        <CopyBlock label="The ClusterRole that this becomes" text={preview.data?.yaml ?? ''} />
      </aside>
    </div>
  );
}
