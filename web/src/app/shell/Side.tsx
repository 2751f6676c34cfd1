import { Link } from '@tanstack/react-router';
import { Icon } from '../../components/Icon.tsx';
import { Wordmark } from '../../components/Mark.tsx';
import { useMe } from '../session.ts';
import { ADMIN, MINE, type Place } from './places.ts';
import { ThemeSwitch } from './ThemeSwitch.tsx';
import { useSignOut } from './use-sign-out.ts';

const PALETTE_KEYS = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K';

/** The way around: pages for everybody, pages for admins, and the person who is signed in. */
export function Side({ onPalette }: { onPalette: () => void }) {
  const me = useMe();
  return (
    <nav className="sp-side" id="side" aria-label="Pages">
      <div className="sp-side__mark">
        <Wordmark />
      </div>
      <button
        type="button"
        className="sp-side__link"
        aria-keyshortcuts="Control+K Meta+K"
        aria-haspopup="dialog"
        onClick={onPalette}
      >
        <Icon name="command" />
        Commands
        <span className="sp-side__keys" aria-hidden="true">
          {PALETTE_KEYS}
        </span>
      </button>
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
  const leave = useSignOut();
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
