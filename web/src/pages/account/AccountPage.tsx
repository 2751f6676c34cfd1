import { useMe } from '../../app/session.ts';
import { ThemeSwitch } from '../../app/shell/ThemeSwitch.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SessionsPanel } from '../../panels/SessionsPanel.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import { SecondFactorPanel } from './SecondFactorPanel.tsx';
import { TokenList } from './TokenList.tsx';

/** What is the person's own: password, second factor, sign-ins, API tokens, theme. */
export function AccountPage() {
  const { username, role, teams, signIn } = useMe();
  const teamNames = teams.map(({ name }) => name).join(', ');
  return (
    <>
      <PageHead
        title="Account"
        lead={`${username}, ${role === 'admin' ? 'an admin' : 'a user'}${teamNames ? `, in ${teamNames}` : ''}.`}
      />
      <Panel
        title="Password"
        lead="Changing it ends your other sign-ins. Kubeconfigs stay good, unless you revoke them with it."
      >
        {signIn === 'provider' ? (
          <p>You sign in through the provider, and have no password here.</p>
        ) : (
          <PasswordForm username={username} />
        )}
      </Panel>
      <Panel
        title="Second factor"
        lead="A code of an app on your phone, beside your password: whoever learns the one still lacks the other."
      >
        <SecondFactorPanel />
      </Panel>
      <Panel
        title="Sign-ins"
        lead="Where you are signed in. End one you do not know, then change your password."
        wide
      >
        <SessionsPanel />
      </Panel>
      <Panel
        title="API tokens"
        lead="For scripts that call Sallyport’s own API. They do not work for kubectl."
      >
        <TokenList />
      </Panel>
      <Panel title="Theme" lead="Kept in this browser only.">
        <ThemeSwitch />
      </Panel>
    </>
  );
}
