import { Checkbox, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { expiryConflict, type Settings } from '@sallyport/contract';
import { Field } from '../../components/Field.tsx';
import { Panel } from '../../components/Panel.tsx';
import { TextField } from '../../components/TextField.tsx';
import { expiryLabel } from '../../lib/expiry.ts';
import { fieldError } from '../../lib/problems.ts';
import { ExpirySetting } from './ExpirySetting.tsx';

interface KubeconfigSettingsProps {
  readonly draft: Settings;
  readonly onChange: (part: Partial<Settings>) => void;
  /** What the server had against the last attempt to save. */
  readonly error: unknown;
}

const LONGEST = ['default', '168h', '720h', '2160h', '8760h', '0'];
const IDLE = ['0', '168h', '720h', '2160h', '4320h'];

const CONFLICTS = {
  no_expiry: 'The default is no expiry: choose another one, or allow no expiry.',
  longer_than_longest: 'The default above is longer than this.',
} as const;

/** How long kubeconfigs live, and how many of them. */
export function KubeconfigSettings({ draft, onChange, error }: KubeconfigSettingsProps) {
  const conflict = expiryConflict(draft);
  return (
    <>
      <Panel
        title="Kubeconfig expiry"
        lead="A change applies to kubeconfigs made from now on; earlier files keep theirs."
      >
        <ExpirySetting
          value={draft.kubeconfigExpiry}
          onChange={(kubeconfigExpiry) => onChange({ kubeconfigExpiry })}
          error={fieldError(error, 'kubeconfigExpiry')}
        />
      </Panel>
      <Panel
        title="Limits of kubeconfigs"
        lead="They, too, apply to kubeconfigs made from now on: no file that was given out ends sooner than it was promised. To end earlier files, revoke them under All kubeconfigs."
      >
        <div className="sp-stack">
          <Field
            id="kubeconfig-longest"
            label="Longest that may be asked for"
            help="At the download people choose any life up to this."
            error={conflict && CONFLICTS[conflict]}
          >
            {(control) => (
              <FormSelect
                {...control}
                value={draft.kubeconfigMaxExpiry}
                onChange={(_, kubeconfigMaxExpiry) => onChange({ kubeconfigMaxExpiry })}
              >
                {withOwn(LONGEST, draft.kubeconfigMaxExpiry).map((value) => (
                  <FormSelectOption key={value} value={value} label={longestLabel(value)} />
                ))}
              </FormSelect>
            )}
          </Field>
          <Checkbox
            id="kubeconfig-no-expiry"
            label="Allow kubeconfigs without expiry"
            description="Where the default or the longest is no expiry. Such a file works until somebody revokes it."
            isChecked={draft.kubeconfigNoExpiry}
            onChange={(_, kubeconfigNoExpiry) => onChange({ kubeconfigNoExpiry })}
          />
          <div className="sp-pair">
            <Field
              id="kubeconfig-idle"
              label="Ends when unused for"
              help="Counted from its last use, or from when it was made. What is open counts as use."
            >
              {(control) => (
                <FormSelect
                  {...control}
                  value={draft.kubeconfigIdle}
                  onChange={(_, kubeconfigIdle) => onChange({ kubeconfigIdle })}
                >
                  {withOwn(IDLE, draft.kubeconfigIdle).map((value) => (
                    <FormSelectOption
                      key={value}
                      value={value}
                      label={value === '0' ? 'Off' : expiryLabel(value)}
                    />
                  ))}
                </FormSelect>
              )}
            </Field>
            <TextField
              id="kubeconfigs-per-user"
              label="Live kubeconfigs of one user"
              value={String(draft.kubeconfigsPerUser)}
              onChange={(text) =>
                onChange({ kubeconfigsPerUser: Number(text.replace(/\D/g, '').slice(0, 6)) })
              }
              error={fieldError(error, 'kubeconfigsPerUser')}
              help={draft.kubeconfigsPerUser === 0 ? 'As many as they like.' : '0: no limit.'}
              isRequired
            />
          </div>
        </div>
      </Panel>
    </>
  );
}

/** What was set by the API is a choice as well. */
function withOwn(choices: readonly string[], value: string): readonly string[] {
  return choices.includes(value) ? choices : [...choices, value];
}

function longestLabel(value: string): string {
  return value === 'default' ? 'The default' : value === '0' ? 'No limit' : expiryLabel(value);
}
