import type { Environment } from '@sallyport/contract';
import { CheckDialog } from './CheckDialog.tsx';
import { EditEnvironmentDialog } from './EditEnvironmentDialog.tsx';
import { RemoveEnvironmentDialog } from './RemoveEnvironmentDialog.tsx';
import { ReplaceCredentialDialog } from './ReplaceCredentialDialog.tsx';

const DIALOGS = {
  check: CheckDialog,
  edit: EditEnvironmentDialog,
  credential: ReplaceCredentialDialog,
  remove: RemoveEnvironmentDialog,
} as const;

/** What an admin may do with an environment; each is a dialog. */
export type EnvironmentAct = keyof typeof DIALOGS;

interface EnvironmentActDialogProps {
  readonly act: EnvironmentAct;
  readonly environment: Environment;
  readonly onClose: () => void;
  /** Where it is no more, the page that showed it has to go somewhere else. */
  readonly onRemoved?: () => void;
}

/** The dialog of one act. */
export function EnvironmentActDialog({ act, ...rest }: EnvironmentActDialogProps) {
  const Dialog = DIALOGS[act];
  return <Dialog {...rest} />;
}
