import { Link, type LinkProps, useNavigate } from '@tanstack/react-router';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { Wordmark } from '../../components/Mark.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { signOut, useMe } from '../session.ts';
import { ThemeSwitch } from './ThemeSwitch.tsx';

interface Place {
  readonly to: LinkProps['to'];
  readonly icon: IconName;
  readonly name: string;
}

const MINE: readonly Place[] = [
  { to: '/', icon: 'home', name: 'Home' },
  { to: '/kubeconfigs', icon: 'key', name: 'My kubeconfigs' },
];

const ADMIN: readonly Place[] = [
  { to: '/environments', icon: 'gate', name: 'Environments' },
  { to: '/users', icon: 'user', name: 'Users' },
  { to: '/teams', icon: 'team', name: 'Teams' },
  { to: '/grants', icon: 'grant', name: 'Grants' },
  { to: '/settings', icon: 'settings', name: 'Settings' },
];

/** The way around: pages for everybody, pages for admins, and the person who is signed in. */
export function Side() {
  const me = useMe();
  return (
    <nav className="sp-side" id="side" aria-label="Pages">
      <div className="sp-side__mark">
        <Wordmark />
      </div>
      <div className="sp-side__places">
        <Places places={MINE} />
        {me.role === 'admin' && (
          <>
            <h2 className="sp-side__heading">Administration</h2>
            <Places places={ADMIN} />
          </>
        )}
      </div>
      <Foot username={me.username} />
    </nav>
  );
}

function Places({ places }: { places: readonly Place[] }) {
  return (
    <ul className="sp-side__list">
      {places.map(({ to, icon, name }) => (
        <li key={name}>
          <Link
            to={to}
            className="sp-side__link"
            activeOptions={{ exact: to === '/', includeSearch: false }}
          >
            <Icon name={icon} />
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Foot({ username }: { username: string }) {
  const navigate = useNavigate();
  const notify = useNotify();
  async function leave() {
    try {
      await signOut();
      await navigate({ to: '/signin' });
    } catch {
      notify('Signing out failed: Sallyport did not answer. You are still signed in.', 'bad');
    }
  }
  return (
    <div className="sp-side__foot">
      <ThemeSwitch />
      <Link to="/account" className="sp-side__link" title={`Account of ${username}`}>
        <Icon name="account" />
        <span className="sp-side__name">{username}</span>
      </Link>
      <button type="button" className="sp-side__link" onClick={() => void leave()}>
        <Icon name="leave" />
        Sign out
      </button>
    </div>
  );
}
