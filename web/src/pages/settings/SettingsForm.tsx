import { Button, Checkbox, Form } from '@patternfly/react-core';
import { holdsPrivateKey, type Settings, type SettingsPatch } from '@sallyport/contract';
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
import { SecondFactorSetting } from './SecondFactorSetting.tsx';
import { TrustSettings } from './TrustSettings.tsx';
import './settings.css';

/** The settings as a form; one button saves them all. */
export function SettingsForm({ settings }: { settings: Settings }) {
  const save = useAct('settings.update', { stale: ['settings.'] });
  const notify = useNotify();
  const [draft, setDraft] = useState(settings);
  const change = (part: Partial<Settings>) => setDraft({ ...draft, ...part });
  const isSame = Object.entries(draft).every(
    ([key, value]) => settings[key as keyof Settings] === value,
  );
  const hasKey = holdsPrivateKey(sent(draft).kubeconfigCas ?? '');

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          { body: sent(draft) },
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
      <TrustSettings draft={draft} onChange={change} error={save.error} />
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
      <SecondFactorSetting
        value={draft.secondFactor}
        onChange={(secondFactor) => change({ secondFactor })}
      />
      <AuditSettings draft={draft} onChange={change} error={save.error} />
      <div className="sp-settings__foot">
        <Button
          type="submit"
          isLoading={save.isPending}
          isDisabled={save.isPending || isSame || hasKey}
        >
          Save settings
        </Button>
      </div>
    </Form>
  );
}

/** What is to be saved: text in a field that is not shown is nobody's wish. */
function sent({ kubeconfigCas, ...draft }: Settings): SettingsPatch {
  return draft.kubeconfigTrust === 'given' ? { ...draft, kubeconfigCas } : draft;
}
