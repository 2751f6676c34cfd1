import type { Kubeconfig } from '@sallyport/contract';
import { TimeText } from '../../components/TimeText.tsx';

/** When, from where and by what a file was last used, in a sentence. */
export function UseInWords({ lastUsedAt, lastUsedFrom, lastUsedBy }: Kubeconfig) {
  if (!lastUsedAt) return <>It was never used.</>;
  const client = lastUsedBy?.split(' ', 1)[0];
  return (
    <>
      It was last used <TimeText time={lastUsedAt} />
      {lastUsedFrom && <> from {lastUsedFrom}</>}
      {client && (
        <>
          {' '}
          by <span className="sp-mono">{client}</span>
        </>
      )}
      .
    </>
  );
}
