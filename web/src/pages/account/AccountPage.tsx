import { useMe } from '../../app/session.ts';
import { ThemeSwitch } from '../../app/shell/ThemeSwitch.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Panel } from '../../components/Panel.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import { TokenList } from './TokenList.tsx';

/** What is the person's own: password, API tokens, theme. */
export function AccountPage() {
  const { username, role, teams } = useMe();
  const teamNames = teams.map(({ name }) => name).join(', ');
  return (
    <>
      <PageHead
        title="Account"
        lead={`${username}, ${role === 'admin' ? 'an admin' : 'a user'}${teamNames ? `, in ${teamNames}` : ''}.`}
      />
      <Panel title="Password" lead="Changing it ends your other sign-ins. Kubeconfigs stay good.">
        <PasswordForm username={username} />
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
