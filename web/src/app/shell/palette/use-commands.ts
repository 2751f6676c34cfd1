import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { IconName } from '../../../components/Icon.tsx';
import { publicSettingsQuery, useMe } from '../../session.ts';
import { setTheme, useTheme } from '../../theme.ts';
import { ADMIN, MINE, type Place } from '../places.ts';
import { useSignOut } from '../use-sign-out.ts';

/** Something to do from wherever one is. */
export interface Command {
  /** Where the name may not be the only one of its kind. */
  readonly key?: string;
  readonly name: string;
  /** Other words to find it by. */
  readonly words?: string;
  readonly icon: IconName;
  readonly run: () => void;
}

const ACCOUNT: Place = { to: '/account', icon: 'account', name: 'Account' };
const THEMES = [
  { theme: 'light', name: 'Use the light theme', words: 'day appearance', icon: 'sun' },
  { theme: 'dark', name: 'Use the dark theme', words: 'night appearance', icon: 'moon' },
  { theme: 'system', name: 'Use the system’s theme', words: 'appearance', icon: 'system' },
] as const;

/** What the person may do now; what is so already is left out. */
export function useCommands(onKubeconfig: () => void): readonly Command[] {
  const me = useMe();
  const { data: settings } = useQuery(publicSettingsQuery);
  const navigate = useNavigate();
  const current = useTheme();
  const signOut = useSignOut();
  // Until the server has said so, the address does: whoever types at once is not told of nothing.
  const secure = settings?.secure ?? window.location.protocol === 'https:';
  const places = [...MINE, ...(me.role === 'admin' ? ADMIN : []), ACCOUNT];
  return [
    ...(secure
      ? [
          {
            name: 'Download a kubeconfig',
            words: 'kubectl file make new',
            icon: 'download' as const,
            run: onKubeconfig,
          },
        ]
      : []),
    ...places.map(({ to, icon, name }) => ({
      name: `Go to ${name}`,
      icon,
      run: () => void navigate({ to }),
    })),
    ...THEMES.filter(({ theme }) => theme !== current).map(({ theme, ...rest }) => ({
      ...rest,
      run: () => setTheme(theme),
    })),
    { name: 'Sign out', words: 'log leave quit', icon: 'leave', run: () => void signOut() },
  ];
}
