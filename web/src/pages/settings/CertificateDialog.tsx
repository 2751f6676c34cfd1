import { Checkbox } from '@patternfly/react-core';
import { useState } from 'react';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { FileTextField } from '../../components/FileTextField.tsx';
import { FormDialog } from '../../components/FormDialog.tsx';
import { TextField } from '../../components/TextField.tsx';
import { fieldError, troubleOf } from '../../lib/problems.ts';

const STALE = ['system.', 'audit.'];

/** Serves with a certificate of the admin's own from now on. */
export function CertificateDialog({ onClose }: { onClose: () => void }) {
  const [certificate, setCertificate] = useState('');
  const [key, setKey] = useState('');
  const [password, setPassword] = useState('');
  const [anyName, setAnyName] = useState(false);
  const [isForOtherNames, setForOtherNames] = useState(false);
  const upload = useDialogAct('system.uploadCertificate', {
    stale: STALE,
    done: () => 'The certificate is in use.',
    onClose,
  });
  const { error } = upload;
  // Once asked, the question stays until another certificate is given.
  const asks = isForOtherNames || (error && troubleOf(error).code === 'tls.upload_names');
  return (
    <FormDialog
      title="Upload a certificate"
      lead="It is used at once, on all workers of this machine, without a restart. What is open stays open. Replicas on other machines have data folders of their own: upload it there too."
      submit="Use it"
      variant="medium"
      isDisabled={certificate === '' || key === '' || password === '' || Boolean(asks && !anyName)}
      onSubmit={() => {
        setForOtherNames(Boolean(asks));
        upload.send({ body: { certificate, key, password, ...(asks ? { anyName } : {}) } });
      }}
      {...upload.dialog}
    >
      <p>
        Kubeconfigs that were made before embed the CA of the certificate in use now. They fail
        against one that it did not sign: people must download new ones.
      </p>
      <FileTextField
        id="certificate-chain"
        label="Certificate chain"
        rows={5}
        value={certificate}
        onChange={(next) => {
          setCertificate(next);
          setForOtherNames(false);
          setAnyName(false);
          upload.reset();
        }}
        error={fieldError(error, 'certificate')}
        help="PEM: the server’s certificate, then each that signed the one before it. Put a CA of your own at the end, so that kubeconfigs can embed it."
        choose="Choose the certificate file"
      />
      <FileTextField
        id="certificate-key"
        label="Key"
        rows={3}
        value={key}
        onChange={setKey}
        error={fieldError(error, 'key')}
        help="PEM, without a password. Only this machine’s data folder keeps it, and it is never shown again."
        choose="Choose the key file"
      />
      {asks && (
        <Checkbox
          id="certificate-any-name"
          label="Use it all the same"
          description="Clients refuse it at the name at which people reach Sallyport now."
          isChecked={anyName}
          onChange={(_, next) => setAnyName(next)}
        />
      )}
      <PasswordAgain value={password} onChange={setPassword} />
    </FormDialog>
  );
}

/** Goes back to the certificate of Sallyport's own CA. */
export function CertificateResetDialog({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState('');
  const reset = useDialogAct('system.resetCertificate', {
    stale: STALE,
    done: () => 'Sallyport’s own certificate is in use.',
    onClose,
  });
  return (
    <FormDialog
      title="Go back to Sallyport’s own certificate"
      lead="The uploaded certificate and its key are deleted. Kubeconfigs that embed its CA stop working, and those that embed Sallyport’s own work again."
      submit="Go back"
      isDisabled={password === ''}
      onSubmit={() => reset.send({ body: { password } })}
      {...reset.dialog}
    >
      <PasswordAgain value={password} onChange={setPassword} />
    </FormDialog>
  );
}

function PasswordAgain(props: { value: string; onChange: (value: string) => void }) {
  return (
    <TextField
      id="certificate-password"
      label="Your password"
      type="password"
      autoComplete="current-password"
      isRequired
      {...props}
    />
  );
}
