import { durationInWords, type Kubeconfig, parseDuration } from '@sallyport/contract';
import type { ReactNode } from 'react';
import { Tag } from '../../components/Tag.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { useNow } from '../../components/use-now.ts';
import { endsSoon } from '../../lib/kubeconfigs.ts';
import './kubeconfigs.css';

/** Whether a file still opens anything, and how long yet or since when no more. */
export function KubeconfigState(kubeconfig: Kubeconfig) {
  const { state, revokedAt } = kubeconfig;
  if (state === 'revoked') {
    return (
      <>
        <Tag tone="bad">Revoked</Tag>
        {revokedAt && <When time={revokedAt} />}
      </>
    );
  }
  return state === 'expired' ? <Ended {...kubeconfig} /> : <Live {...kubeconfig} />;
}

function Ended({ expiresAt, idleAt, idleAfter, renewedAt }: Kubeconfig) {
  const wasIdle = idleAt !== null && (expiresAt === null || idleAt < expiresAt);
  const end = wasIdle ? idleAt : expiresAt;
  if (renewedAt && expiresAt && renewedAt <= expiresAt && !wasIdle) {
    return (
      <>
        <Tag>Renewed</Tag>
        <When time={renewedAt} />
      </>
    );
  }
  return (
    <>
      <Tag>Expired</Tag>
      {end && <When time={end} />}
      {wasIdle && <div className="sp-when">not used for {inWords(idleAfter)}</div>}
    </>
  );
}

function Live(kubeconfig: Kubeconfig) {
  const { expiresAt, idleAt, idleAfter, renewedAt, signInUntil } = kubeconfig;
  const now = useNow();
  const soon = endsSoon(kubeconfig, now);
  const waits = signInUntil !== null && Date.parse(signInUntil) <= now.getTime();
  return (
    <>
      {waits ? (
        <Tag tone="warn">Waits</Tag>
      ) : renewedAt ? (
        <Tag>Renewed</Tag>
      ) : soon ? (
        <Tag tone="warn">Ends soon</Tag>
      ) : (
        <Tag tone="good">Good</Tag>
      )}
      {expiresAt ? (
        <When time={expiresAt} tone={soon && !renewedAt ? 'warn' : undefined}>
          {renewedAt ? 'old file ends ' : 'expires '}
        </When>
      ) : (
        <div className="sp-when">never expires</div>
      )}
      {idleAt && (expiresAt === null || idleAt < expiresAt) && (
        <When time={idleAt} hint={`It ends when it is not used for ${inWords(idleAfter)}.`}>
          unused, ends{' '}
        </When>
      )}
      {signInUntil && (expiresAt === null || signInUntil < expiresAt) && (
        <When
          time={signInUntil}
          tone={waits ? 'warn' : undefined}
          hint="It works again as soon as its owner has signed in through the provider again."
        >
          {waits ? 'sign-in counted until ' : 'sign-in counts until '}
        </When>
      )}
    </>
  );
}

function inWords(duration: string | null): string {
  return durationInWords(parseDuration(duration ?? '0') ?? 0);
}

interface WhenProps {
  readonly time: string;
  readonly tone?: 'warn' | undefined;
  readonly hint?: string;
  readonly children?: ReactNode;
}

function When({ time, tone, hint, children }: WhenProps) {
  return (
    <div className="sp-when" data-tone={tone} title={hint}>
      {children}
      <TimeText time={time} />
    </div>
  );
}
