import type { Kubeconfig } from '@sallyport/contract';
import type { ReactNode } from 'react';
import { Tag } from '../../components/Tag.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { useNow } from '../../components/use-now.ts';
import { endsSoon } from '../../lib/expiry.ts';
import './kubeconfigs.css';

/** Whether a file still opens anything, and how long yet or since when no more. */
export function KubeconfigState({ state, expiresAt, revokedAt }: Kubeconfig) {
  const now = useNow();
  if (state === 'revoked') {
    return (
      <>
        <Tag tone="bad">Revoked</Tag>
        {revokedAt && <When time={revokedAt} />}
      </>
    );
  }
  if (state === 'expired') {
    return (
      <>
        <Tag>Expired</Tag>
        {expiresAt && <When time={expiresAt} />}
      </>
    );
  }
  if (!expiresAt) {
    return (
      <>
        <Tag tone="good">Good</Tag>
        <div className="sp-when">never expires</div>
      </>
    );
  }
  const soon = endsSoon(new Date(expiresAt), now);
  return (
    <>
      {soon ? <Tag tone="warn">Ends soon</Tag> : <Tag tone="good">Good</Tag>}
      <When time={expiresAt} tone={soon ? 'warn' : undefined}>
        expires{' '}
      </When>
    </>
  );
}

interface WhenProps {
  readonly time: string;
  readonly tone?: 'warn' | undefined;
  readonly children?: ReactNode;
}

function When({ time, tone, children }: WhenProps) {
  return (
    <div className="sp-when" data-tone={tone}>
      {children}
      <TimeText time={time} />
    </div>
  );
}
