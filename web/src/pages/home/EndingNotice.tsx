import type { CallOutput } from '@sallyport/contract';
import { Link } from '@tanstack/react-router';
import { Icon } from '../../components/Icon.tsx';
import { TimeText } from '../../components/TimeText.tsx';

/** Says that kubeconfigs are about to end, while there is time to renew them. */
export function EndingNotice({ data }: { data: CallOutput<'kubeconfigs.list'> | undefined }) {
  const [first] = data?.items ?? [];
  if (!data || !first) return null;
  return (
    <p className="sp-hint sp-hint--line">
      <Icon name="key" />
      <span>
        {data.total === 1 ? (
          <>
            Your kubeconfig <b>{first.name}</b> ends{' '}
            {first.expiresAt ? <TimeText time={first.expiresAt} /> : 'soon'}.
          </>
        ) : (
          `${data.total} of your kubeconfigs end soon.`
        )}{' '}
        <Link to="/kubeconfigs" search={{ state: 'expiring' }}>
          Look at {data.total === 1 ? 'it' : 'them'}
        </Link>
      </span>
    </p>
  );
}
