import type { User } from '@sallyport/contract';
import { RowMenu } from '../../components/RowMenu.tsx';

/** What an admin may do with a user; each opens a dialog. */
export type UserAct = 'role' | 'password' | 'disable' | 'delete';

/** The menu at the end of a user's row. */
export function UserMenu({ user, onAct }: { user: User; onAct: (act: UserAct) => void }) {
  return (
    <RowMenu
      label={`What to do with ${user.username}`}
      acts={[
        {
          name: user.role === 'admin' ? 'Make a plain user' : 'Make an admin',
          run: () => onAct('role'),
        },
        { name: 'Reset password', run: () => onAct('password') },
        { name: user.disabled ? 'Enable' : 'Disable', run: () => onAct('disable') },
        { name: 'Delete', isDanger: true, run: () => onAct('delete') },
      ]}
    />
  );
}
