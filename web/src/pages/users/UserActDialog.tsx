import type { User } from '@sallyport/contract';
import { ProviderDialog } from './ProviderDialog.tsx';
import { RemoveSecondFactorDialog } from './RemoveSecondFactorDialog.tsx';
import { ResetPasswordDialog } from './ResetPasswordDialog.tsx';
import { RevokeKubeconfigsDialog } from './RevokeKubeconfigsDialog.tsx';
import { DeleteUserDialog, DisableUserDialog, RoleDialog } from './UserChangeDialogs.tsx';
import type { UserAct } from './UserMenu.tsx';

const DIALOGS = {
  role: RoleDialog,
  password: ResetPasswordDialog,
  secondFactor: RemoveSecondFactorDialog,
  provider: ProviderDialog,
  kubeconfigs: RevokeKubeconfigsDialog,
  disable: DisableUserDialog,
  delete: DeleteUserDialog,
} as const;

interface UserActDialogProps {
  readonly act: UserAct;
  readonly user: User;
  readonly onClose: () => void;
  /** Where they are no more, the page that showed them has to go somewhere else. */
  readonly onDeleted?: () => void;
}

/** The dialog of one act on a user. */
export function UserActDialog({ act, ...rest }: UserActDialogProps) {
  const Dialog = DIALOGS[act];
  return <Dialog {...rest} />;
}
