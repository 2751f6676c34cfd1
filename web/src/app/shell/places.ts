import type { LinkProps } from '@tanstack/react-router';
import type { IconName } from '../../components/Icon.tsx';

/** A page that one can go to from anywhere. */
export interface Place {
  readonly to: LinkProps['to'];
  readonly icon: IconName;
  readonly name: string;
}

/** The pages of everybody. */
export const MINE: readonly Place[] = [
  { to: '/', icon: 'home', name: 'Home' },
  { to: '/kubeconfigs', icon: 'key', name: 'My kubeconfigs' },
];

/** The pages of admins. */
export const ADMIN: readonly Place[] = [
  { to: '/environments', icon: 'gate', name: 'Environments' },
  { to: '/users', icon: 'user', name: 'Users' },
  { to: '/teams', icon: 'team', name: 'Teams' },
  { to: '/roles', icon: 'role', name: 'Roles' },
  { to: '/grants', icon: 'grant', name: 'Grants' },
  { to: '/all-kubeconfigs', icon: 'key', name: 'All kubeconfigs' },
  { to: '/access', icon: 'access', name: 'Access' },
  { to: '/audit', icon: 'audit', name: 'Audit' },
  { to: '/live', icon: 'live', name: 'Live' },
  { to: '/settings', icon: 'settings', name: 'Settings' },
];
