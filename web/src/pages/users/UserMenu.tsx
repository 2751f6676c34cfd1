import type { User } from '@sallyport/contract';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { publicSettingsQuery, useMe } from '../../app/session.ts';
import { RowMenu } from '../../components/RowMenu.tsx';

/** What an admin may do with a user; each opens a dialog. */
export type UserAct =
  | 'role'
  | 'password'
  | 'secondFactor'
  | 'provider'
  | 'kubeconfigs'
  | 'disable'
  | 'delete';

/** The menu at the end of a user's row. */
export function UserMenu({ user, onAct }: { user: User; onAct: (act: UserAct) => void }) {
  const navigate = useNavigate();
  const me = useMe();
  const hasProvider = useQuery(publicSettingsQuery).data?.provider != null;
  return (
    <RowMenu
      label={`What to do with ${user.username}`}
      acts={[
        {
          name: user.role === 'admin' ? 'Make a plain user' : 'Make an admin',
          run: () => onAct('role'),
        },
        {
          name: user.signIn === 'provider' ? 'Sign in by a password' : 'Reset password',
          run: () => onAct('password'),
        },
        // One's own takes the password and a code, on the Account page.
        ...(user.secondFactor && user.id !== me.id
          ? [{ name: 'Remove second factor', run: () => onAct('secondFactor') }]
          : []),
        ...(hasProvider
          ? [
              {
                name:
                  user.signIn === 'provider'
                    ? 'Tie to the provider anew'
                    : 'Sign in through the provider',
                run: () => onAct('provider'),
              },
            ]
          : []),
        {
          name: 'Show kubeconfigs',
          run: () => void navigate({ to: '/all-kubeconfigs', search: { username: user.username } }),
        },
        { name: 'Revoke kubeconfigs', run: () => onAct('kubeconfigs') },
        { name: user.disabled ? 'Enable' : 'Disable', run: () => onAct('disable') },
        { name: 'Delete', isDanger: true, run: () => onAct('delete') },
      ]}
    />
  );
}
