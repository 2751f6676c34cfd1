import { useId } from 'react';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { setTheme, type Theme, useTheme } from '../theme.ts';
import './theme-switch.css';

const THEMES: ReadonlyArray<{ theme: Theme; name: string; icon: IconName }> = [
  { theme: 'light', name: 'Light', icon: 'sun' },
  { theme: 'dark', name: 'Dark', icon: 'moon' },
  { theme: 'system', name: 'As the system', icon: 'system' },
];

/** Light, dark, or whatever the machine prefers. */
export function ThemeSwitch() {
  const current = useTheme();
  // There may be two on a page, and each is a group of its own.
  const group = useId();
  return (
    <fieldset className="sp-theme">
      <legend className="sp-visually-hidden">Theme</legend>
      {THEMES.map(({ theme, name, icon }) => (
        <label key={theme} className="sp-theme__choice" title={name}>
          <input
            type="radio"
            name={group}
            checked={current === theme}
            onChange={() => setTheme(theme)}
          />
          <Icon name={icon} />
          <span className="sp-visually-hidden">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
