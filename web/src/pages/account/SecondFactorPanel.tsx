import { Alert, Button, Skeleton } from '@patternfly/react-core';
import type { SecondFactor } from '@sallyport/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { useNotify } from '../../components/Notices.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { Tag } from '../../components/Tag.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { RecoveryCodes } from '../../panels/second-factor/RecoveryCodes.tsx';
import { ProofDialog } from './ProofDialog.tsx';

const SetUp = lazy(() =>
  import('../../panels/second-factor/SetUp.tsx').then((module) => ({ default: module.SetUp })),
);

/** Fewer left than this are worth a word. */
const FEW_CODES = 4;

/** One's own second factor: switch it on, make new recovery codes, switch it off. */
export function SecondFactorPanel() {
  const { data, error, refetch } = useRoute('secondFactor.get');
  const cache = useQueryClient();
  const notify = useNotify();
  const navigate = useNavigate();
  const [settingUp, setSettingUp] = useState(false);
  const [codes, setCodes] = useState<readonly string[]>();

  /** Its state, who I am, and the sign-ins that ended with the change. */
  function readAnew() {
    void cache.invalidateQueries({
      predicate: ({ queryKey: [key] }) =>
        /^(?:secondFactor|auth|sessions|users)\./.test(String(key)),
    });
  }

  /** The page asks once more who is there, and leads whoever must have one to it. */
  function beginAnew() {
    cache.clear();
    void navigate({ to: '/' });
  }

  if (settingUp) {
    return (
      <Suspense fallback={<Skeleton height="6rem" screenreaderText="On its way" />}>
        <SetUp
          onCancel={() => setSettingUp(false)}
          onDone={() => {
            setSettingUp(false);
            readAnew();
            notify('Your second factor is on. Your other sign-ins have ended.');
          }}
        />
      </Suspense>
    );
  }
  if (codes) return <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />;
  if (!data) {
    return error ? (
      <ProblemNote error={error} onRetry={refetch} />
    ) : (
      <Skeleton height="4rem" screenreaderText="On its way" />
    );
  }
  return data.since === null ? (
    <Off factor={data} onSetUp={() => setSettingUp(true)} />
  ) : (
    <On
      since={data.since}
      factor={data}
      onCodes={setCodes}
      onChanged={readAnew}
      onHeld={beginAnew}
    />
  );
}

function Off({ factor, onSetUp }: { factor: SecondFactor; onSetUp: () => void }) {
  const { removed, required, hasPassword } = factor;
  return (
    <div className="sp-stack">
      {removed && (
        <Alert
          variant="warning"
          isInline
          component="p"
          title={`Your second factor was removed by ${removed.by ?? 'somebody on the machine of Sallyport'}`}
        >
          <TimeText time={removed.at} form="day" />. If you did not ask for it, ask them why.
        </Alert>
      )}
      {!hasPassword && <p>You sign in without a password, so no code is asked beside it.</p>}
      {hasPassword && (
        <>
          <p>
            {required
              ? 'It is off. Sallyport asks you for one: you have to set it up at your next sign-in.'
              : 'It is off: your password alone lets you in.'}
          </p>
          <div>
            <Button variant="secondary" onClick={onSetUp}>
              Set up a second factor
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

interface OnProps {
  readonly since: string;
  readonly factor: SecondFactor;
  readonly onCodes: (codes: readonly string[]) => void;
  readonly onChanged: () => void;
  /** Nothing more is open before there is another. */
  readonly onHeld: () => void;
}

function On({ since, factor, onCodes, onChanged, onHeld }: OnProps) {
  const { recoveryCodesLeft: left, required } = factor;
  const [asking, setAsking] = useState<'codes' | 'off'>();
  const close = () => setAsking(undefined);
  return (
    <div className="sp-stack">
      <p>
        <Tag tone="good">On</Tag> since <TimeText time={since} form="day" />.{' '}
        {left === 1 ? 'One recovery code is left.' : `${left} recovery codes are left.`}
        {left < FEW_CODES && ' Make new ones before you need them.'}
      </p>
      <div className="sp-row">
        <Button variant="secondary" onClick={() => setAsking('codes')}>
          New recovery codes
        </Button>
        <Button variant="secondary" isDanger onClick={() => setAsking('off')}>
          Switch off
        </Button>
      </div>
      {asking === 'codes' && (
        <RenewDialog onClose={close} onCodes={onCodes} onChanged={onChanged} />
      )}
      {asking === 'off' && (
        <OffDialog required={required} onClose={close} onDone={required ? onHeld : onChanged} />
      )}
    </div>
  );
}

interface RenewDialogProps extends Pick<OnProps, 'onCodes' | 'onChanged'> {
  readonly onClose: () => void;
}

function RenewDialog({ onClose, onCodes, onChanged }: RenewDialogProps) {
  const act = useDialogAct('secondFactor.renewCodes', {
    done: ({ recoveryCodes }) => {
      onCodes(recoveryCodes);
      return 'There are new recovery codes.';
    },
    onClose,
    onDone: onChanged,
  });
  return (
    <ProofDialog
      title="Make new recovery codes"
      lead="Those that you have are good no longer then."
      submit="Make new codes"
      act={act}
    />
  );
}

interface OffDialogProps {
  readonly required: boolean;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function OffDialog({ required, onClose, onDone }: OffDialogProps) {
  const act = useDialogAct('secondFactor.off', {
    done: () => 'Your second factor is off.',
    onClose,
    onDone,
  });
  return (
    <ProofDialog
      title="Switch the second factor off"
      lead={
        required
          ? 'Sallyport asks you for one: you have to set up another before you can go on. Your other sign-ins end.'
          : 'Your password alone lets you in then. Your other sign-ins end.'
      }
      submit="Switch off"
      act={act}
    />
  );
}
