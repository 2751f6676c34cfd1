import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { NewPasswordField } from '../../components/NewPasswordField.tsx';
import { Panel } from '../../components/Panel.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fileNameOf } from '../../lib/disposition.ts';

/** All that Sallyport is made of, as one file. */
export function BackupPanel() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel
      title="Backup"
      lead="Everything but the audit log in one file: users, grants, kubeconfigs, the clusters’ credentials, and the keys. “sallyport restore FILE” puts it into an empty data folder."
    >
      <div>
        <Button variant="secondary" onClick={() => setOpen(true)}>
          Download a backup
        </Button>
      </div>
      {isOpen && <BackupDialog onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function BackupDialog({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const backup = useDialogAct('system.backup', {
    stale: [],
    done: (file) => {
      void save(file);
      return 'The backup is on its way.';
    },
    onClose,
  });
  return (
    <FormDialog
      title="Download a backup"
      lead="The file holds every key that there is, so it is sealed. Without the passphrase nobody can open it."
      submit="Download"
      isDisabled={password === '' || passphrase === ''}
      onSubmit={() => backup.send({ body: { password, passphrase } })}
      {...backup.dialog}
    >
      <TextField
        id="backup-password"
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
        autoFocus
      />
      <NewPasswordField
        id="backup-passphrase"
        label="Passphrase of the file"
        path="passphrase"
        value={passphrase}
        onChange={setPassphrase}
        error={backup.error}
      />
    </FormDialog>
  );
}

/** Hands the file to the browser to save. */
async function save(file: Response): Promise<void> {
  const url = URL.createObjectURL(await file.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = fileNameOf(file.headers.get('content-disposition'), 'sallyport.backup');
  link.click();
  // Not at once: the browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
