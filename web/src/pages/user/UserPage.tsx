import { Skeleton } from '@patternfly/react-core';
import { Id, type User } from '@sallyport/contract';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { Lost } from '../../app/states/Lost.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { Tag } from '../../components/Tag.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { GrantsPanel } from '../../panels/GrantsPanel.tsx';
import { KubeconfigsPanel } from '../../panels/KubeconfigsPanel.tsx';
import { SessionsPanel } from '../../panels/SessionsPanel.tsx';
import { TokenList } from '../account/TokenList.tsx';
import { UserActDialog } from '../users/UserActDialog.tsx';
import { type UserAct, UserMenu } from '../users/UserMenu.tsx';
import { TeamsOfUser } from './TeamsOfUser.tsx';

/** One user: what they have, where they are signed in, and the way to take each back. */
export function UserPage() {
  const { id } = useParams({ strict: false });
  const known = Id.safeParse(Number(id));
  return known.success ? <Known id={known.data} /> : <Lost />;
}

function Known({ id }: { id: number }) {
  const { data: user, error, refetch } = useRoute('users.get', { params: { id } });
  return (
    <>
      <PageHead title={user?.username ?? 'User'} lead={user && <About {...user} />}>
        {user && <Acts user={user} />}
      </PageHead>
      <ProblemNote error={error} onRetry={refetch} />
      {!user && !error && <Skeleton height="20rem" screenreaderText="On its way" />}
      {user && <Parts user={user} />}
    </>
  );
}

function About({ role, disabled, secondFactor, createdAt, signIn, linked, providerAt }: User) {
  return (
    <>
      {role === 'admin' ? <Tag tone="good">Admin</Tag> : 'A user'}
      {disabled && <Tag tone="bad">Disabled</Tag>}, added <TimeText time={createdAt} form="day" />
      {signIn === 'password' ? (
        `. Signs in by a password, ${secondFactor ? 'with' : 'without'} a second factor.`
      ) : !linked ? (
        '. Signs in through the provider; has not done so yet.'
      ) : (
        <>
          . Signs in through the provider, last{' '}
          {providerAt ? <TimeText time={providerAt} /> : 'long ago'}.
        </>
      )}
    </>
  );
}

function Acts({ user }: { user: User }) {
  const navigate = useNavigate();
  const [act, setAct] = useState<UserAct>();
  return (
    <>
      <UserMenu user={user} onAct={setAct} />
      {act && (
        <UserActDialog
          act={act}
          user={user}
          onClose={() => setAct(undefined)}
          onDeleted={() => void navigate({ to: '/users' })}
        />
      )}
    </>
  );
}

function Parts({ user }: { user: User }) {
  const { id, username, teams } = user;
  const isMe = useMe().id === id;
  return (
    <>
      <Panel title="Teams" lead="What is granted to a team, each of its members may do.">
        <TeamsOfUser user={user} />
      </Panel>
      <Panel title="Grants" lead={`Given to ${username} in person.`} wide>
        <GrantsPanel of={{ userId: id }} empty="None in person." />
      </Panel>
      {teams.map((team) => (
        <Panel
          key={team.id}
          title={`Grants of team ${team.name}`}
          lead={`${username} has them as a member.`}
          wide
        >
          <GrantsPanel
            of={{ teamId: team.id }}
            empty="Nothing is granted to this team."
            caption={`Grants of ${team.name}`}
          />
        </Panel>
      ))}
      <Panel title="Kubeconfigs" lead="Every file that was made for them." wide>
        <KubeconfigsPanel of={{ userId: id }} empty="None was made yet." />
      </Panel>
      <Panel title="Sign-ins" lead="Where they are signed in to this page." wide>
        {isMe ? (
          <p>
            These are yours: see your <Link to="/account">account</Link>.
          </p>
        ) : (
          <SessionsPanel userId={id} />
        )}
      </Panel>
      <Panel title="API tokens" lead="For scripts that call Sallyport’s own API as them." wide>
        <TokenList userId={id} />
      </Panel>
    </>
  );
}
