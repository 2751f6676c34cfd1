import { Button } from '@patternfly/react-core';
import type { SignInProvider } from '@sallyport/contract';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { CopyLine } from '../../components/CopyLine.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { expiryLabel } from '../../lib/expiry.ts';
import { ProviderForm } from './ProviderForm.tsx';
import { Fact } from './TlsPanel.tsx';

const ENTRY: Readonly<Record<SignInProvider['entry'], string>> = {
  existing: 'Users that are here already',
  anybody: 'Anybody whom the provider lets in',
  groups: 'Members of ',
};

/** The provider that people sign in with, in place of a password kept here. */
export function ProviderPanel() {
  const { data, error, refetch } = useRoute('provider.get');
  const [dialog, setDialog] = useState<'form' | 'remove'>();
  const close = () => setDialog(undefined);
  return (
    <Panel
      title="Sign-in through a provider"
      lead="People sign in with an OpenID Connect provider, such as Keycloak, Entra ID, Okta, Google or Dex, and need no password here."
    >
      <ProblemNote error={error} title="The provider could not be read" onRetry={refetch} />
      {data && (
        <div className="sp-stack">
          <CopyLine label="Redirect address, to register at the provider" line={data.redirectUri} />
          {data.provider && <About {...data.provider} />}
          <div className="sp-acts">
            <Button variant="secondary" onClick={() => setDialog('form')}>
              {data.provider ? 'Change the provider' : 'Set up a provider'}
            </Button>
            {data.provider && (
              <Button variant="secondary" onClick={() => setDialog('remove')}>
                Take the provider away
              </Button>
            )}
          </div>
          {dialog === 'form' && <ProviderForm provider={data.provider} onClose={close} />}
          {dialog === 'remove' && <RemoveDialog onClose={close} />}
        </div>
      )}
    </Panel>
  );
}

function About(provider: SignInProvider) {
  const { issuer, clientId, entry, entryGroups, teams, adminGroups, countsFor } = provider;
  const isForEver = countsFor === '0';
  return (
    <dl className="sp-facts">
      <Fact name="Issuer">{issuer}</Fact>
      <Fact name="Client">{clientId}</Fact>
      <Fact name="Comes in">
        {ENTRY[entry] + (entry === 'groups' ? entryGroups.join(', ') : '')}
      </Fact>
      {teams.length > 0 && (
        <Fact name="Teams">
          {teams.map(({ group, teamName }) => `${group} → ${teamName}`).join(', ')}
        </Fact>
      )}
      {adminGroups.length > 0 && <Fact name="Admins">Members of {adminGroups.join(', ')}</Fact>}
      <Fact name="A sign-in counts">
        {isForEver ? 'for ever' : `for ${expiryLabel(countsFor)}`}
      </Fact>
    </dl>
  );
}

function RemoveDialog({ onClose }: { onClose: () => void }) {
  const remove = useDialogAct('provider.remove', {
    stale: ['provider.', 'settings.'],
    done: () => 'People sign in by passwords alone.',
    onClose,
  });
  return (
    <ConfirmDialog
      title="Take the provider away?"
      act="Take away"
      {...remove.dialog}
      onConfirm={() => remove.send({})}
    >
      <p>
        Who signs in through it cannot sign in until an admin gives them a password. Their
        kubeconfigs and API tokens wait from seven days after their last sign-in on.
      </p>
    </ConfirmDialog>
  );
}
