import { Radio } from '@patternfly/react-core';
import type { SignInProvider } from '@sallyport/contract';
import { useState } from 'react';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { TextField } from '../../components/TextField.tsx';
import { expiryLabel } from '../../lib/expiry.ts';
import { fieldError } from '../../lib/problems.ts';
import { bodyOf, draftOf, isHalf, type ProviderDraft } from '../../lib/provider.ts';
import { GroupTeams } from './GroupTeams.tsx';

const ENTRY: ReadonlyArray<{ value: SignInProvider['entry']; label: string; help: string }> = [
  {
    value: 'existing',
    label: 'Users that are here already',
    help: 'An admin adds each, as one who signs in through the provider.',
  },
  {
    value: 'anybody',
    label: 'Anybody whom the provider lets in',
    help: 'Whoever is new becomes a user without any grant.',
  },
  {
    value: 'groups',
    label: 'Members of certain groups',
    help: 'Looked at with each sign-in.',
  },
];

interface ProviderFormProps {
  /** null: there is none yet. */
  readonly provider: SignInProvider | null;
  readonly onClose: () => void;
}

/** Sets up the provider; the server asks it before anything is saved. */
export function ProviderForm({ provider, onClose }: ProviderFormProps) {
  const [draft, setDraft] = useState(() => draftOf(provider));
  const save = useDialogAct('provider.save', {
    stale: ['provider.', 'settings.'],
    done: () => 'The provider has answered, and is set up.',
    onClose,
  });
  const change = (part: Partial<ProviderDraft>) => setDraft({ ...draft, ...part });
  const text = (field: TextOf<ProviderDraft>, label: string, help?: string) => (
    <TextField
      id={`provider-${field}`}
      label={label}
      value={draft[field]}
      onChange={(value) => change({ [field]: value })}
      error={fieldError(save.error, field)}
      {...(help === undefined ? {} : { help })}
    />
  );
  const lines = (field: 'entryGroups' | 'adminGroups', label: string, help: string) => (
    <TextField
      id={`provider-${field}`}
      label={label}
      rows={2}
      value={draft[field]}
      onChange={(value) => change({ [field]: value })}
      error={fieldError(save.error, field)}
      help={help}
    />
  );

  return (
    <FormDialog
      title={provider ? 'Change the provider' : 'Set up a provider'}
      lead="The provider is asked for its description before anything is saved."
      submit="Save"
      variant="medium"
      isDisabled={
        draft.issuer.trim() === '' || draft.clientId.trim() === '' || draft.teams.some(isHalf)
      }
      onSubmit={() => save.send({ body: bodyOf(draft) })}
      {...save.dialog}
    >
      {text('issuer', 'Issuer', 'Its https:// address, exactly as the provider calls itself.')}
      {text('clientId', 'Client id')}
      <TextField
        id="provider-clientSecret"
        label="Client secret"
        type="password"
        value={draft.clientSecret}
        onChange={(clientSecret) => change({ clientSecret })}
        error={fieldError(save.error, 'clientSecret')}
        help={
          provider
            ? 'Left empty, it stays. Where issuer, client or CA change it is needed again.'
            : 'It is kept sealed and never shown again.'
        }
      />
      <TextField
        id="provider-ca"
        label="CA of the provider"
        rows={3}
        value={draft.ca}
        onChange={(ca) => change({ ca })}
        error={fieldError(save.error, 'ca')}
        help="PEM, for a private CA. Left empty: the public ones."
      />
      {text('button', 'Text of the button')}
      {text('scopes', 'Scopes')}
      {text(
        'usernameClaim',
        'Claim for the username',
        'It must hold a name that a user may have here.',
      )}
      {text('groupsClaim', 'Claim for groups', 'Left empty: groups are not read.')}
      <fieldset className="sp-choices">
        <legend>Who may come in</legend>
        {ENTRY.map(({ value, label, help }) => (
          <Radio
            key={value}
            id={`provider-entry-${value}`}
            name="provider-entry"
            label={label}
            description={help}
            isChecked={draft.entry === value}
            onChange={() => change({ entry: value })}
          />
        ))}
      </fieldset>
      {draft.entry === 'groups' && lines('entryGroups', 'Groups that may come in', 'One a line.')}
      <GroupTeams
        rows={draft.teams}
        onChange={(teams) => change({ teams })}
        error={fieldError(save.error, 'teams')}
      />
      {lines(
        'adminGroups',
        'Groups whose members are admins',
        'One a line. Left empty: who is an admin is set here, user by user.',
      )}
      {text(
        'countsFor',
        'A sign-in counts for',
        `${draft.countsFor === '0' ? 'For ever' : expiryLabel(draft.countsFor)}. After it, kubeconfigs and API tokens wait until their owner has signed in again. Write 7d, 24h and the like; 0: for ever.`,
      )}
    </FormDialog>
  );
}

/** The fields of a draft that are one line of text. */
type TextOf<T> = Exclude<
  { [K in keyof T]: T[K] extends string ? (string extends T[K] ? K : never) : never }[keyof T],
  'entry'
>;
