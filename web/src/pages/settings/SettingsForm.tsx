import { Button, Checkbox, Form, Radio } from '@patternfly/react-core';
import type { Settings } from '@sallyport/contract';
import { useState } from 'react';
import { useAct } from '../../app/client.ts';
import { useNotify } from '../../components/Notices.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { TextField } from '../../components/TextField.tsx';
import { expiryLabel } from '../../lib/expiry.ts';
import { fieldError } from '../../lib/problems.ts';
import { AuditSettings } from './AuditSettings.tsx';
import { KubeconfigSettings } from './KubeconfigSettings.tsx';
import './settings.css';

const TRUST: ReadonlyArray<{ value: Settings['kubeconfigTrust']; label: string; help: string }> = [
  {
    value: 'auto',
    label: 'As the certificate needs it',
    help: 'The file holds Sallyport’s CA, unless its certificate is publicly trusted.',
  },
  {
    value: 'system',
    label: 'The CAs of the machine that uses the file',
    help: 'For a CA that your machines trust already.',
  },
  {
    value: 'insecure',
    label: 'Do not verify',
    help: 'Whoever stands between could read and change everything. For a test only.',
  },
];

/** The settings as a form; one button saves them all. */
export function SettingsForm({ settings }: { settings: Settings }) {
  const save = useAct('settings.update', { stale: ['settings.'] });
  const notify = useNotify();
  const [draft, setDraft] = useState(settings);
  const change = (part: Partial<Settings>) => setDraft({ ...draft, ...part });
  const isSame = Object.entries(draft).every(
    ([key, value]) => settings[key as keyof Settings] === value,
  );

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          { body: draft },
          {
            onSuccess: (saved) => {
              setDraft(saved);
              notify('The settings are saved.');
            },
          },
        );
      }}
    >
      <ProblemNote error={save.error} title="The settings were not saved" />
      <KubeconfigSettings draft={draft} onChange={change} error={save.error} />
      <Panel
        title="TLS in kubeconfigs"
        lead="How kubectl knows that it speaks with this Sallyport. It applies to files made from now on."
      >
        <fieldset className="sp-choices">
          <legend className="sp-visually-hidden">TLS in kubeconfigs</legend>
          {TRUST.map(({ value, label, help }) => (
            <Radio
              key={value}
              id={`trust-${value}`}
              name="trust"
              label={label}
              description={help}
              isChecked={draft.kubeconfigTrust === value}
              onChange={() => change({ kubeconfigTrust: value })}
            />
          ))}
        </fieldset>
      </Panel>
      <Panel title="Sign-ins" lead="How long a person stays signed in to this page.">
        <div className="sp-stack">
          <div className="sp-pair">
            <TextField
              id="session-lifetime"
              label="At the longest"
              value={draft.sessionLifetime}
              onChange={(sessionLifetime) => change({ sessionLifetime })}
              error={fieldError(save.error, 'sessionLifetime')}
              help={`${expiryLabel(draft.sessionLifetime)}. Write 12h, 7d and the like.`}
              isRequired
            />
            <TextField
              id="session-idle"
              label="Unused"
              value={draft.sessionIdle}
              onChange={(sessionIdle) => change({ sessionIdle })}
              error={fieldError(save.error, 'sessionIdle')}
              help={`${expiryLabel(draft.sessionIdle)}.`}
              isRequired
            />
          </div>
          <Checkbox
            id="password-admins"
            label="Only admins sign in by a password"
            description="Everybody else signs in through the provider, so there has to be one."
            isChecked={draft.passwordSignIn === 'admins'}
            onChange={(_, checked) => change({ passwordSignIn: checked ? 'admins' : 'everybody' })}
          />
        </div>
      </Panel>
      <AuditSettings draft={draft} onChange={change} error={save.error} />
      <div className="sp-settings__foot">
        <Button type="submit" isLoading={save.isPending} isDisabled={save.isPending || isSame}>
          Save settings
        </Button>
      </div>
    </Form>
  );
}
