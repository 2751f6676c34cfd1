import type { Environment } from '@sallyport/contract';
import { useRoute } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { CapacityText } from '../../components/CapacityText.tsx';
import { Facts } from '../../components/Facts.tsx';
import { Labels } from '../../components/Labels.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { accessInWords } from '../../lib/access.ts';

/** What an environment is, at a glance. */
export function OverviewPart({ environment }: { environment: Environment }) {
  const { role } = useMe();
  const { version, labels, access, server, rbac, createdAt, checkedAt, capacity } = environment;
  const none = <span className="sp-soft">–</span>;
  return (
    <div className="sp-stack">
      <Facts
        facts={{
          State: <StateMark {...environment} />,
          'Looked at': checkedAt ? <TimeText time={checkedAt} /> : none,
          Kubernetes: version ? <span className="sp-mono">{version}</span> : none,
          Size: <CapacityText capacity={capacity} />,
          'Your access': accessInWords(access),
          Labels: Object.keys(labels).length > 0 ? <Labels labels={labels} /> : none,
          'API server': server === null ? undefined : <span className="sp-mono">{server}</span>,
          'RBAC bindings': rbac === 'managed' ? 'by Sallyport' : 'by its owner',
          Added: <TimeText time={createdAt} form="day" />,
        }}
      />
      {role === 'admin' && <Reach id={environment.id} />}
    </div>
  );
}

/** Who and what depends on it. */
function Reach({ id }: { id: number }) {
  const { data } = useRoute('environments.consequences', { params: { id } });
  return (
    <Facts
      facts={{
        'People who may enter': data ? data.people : '…',
        Grants: data ? data.grants : '…',
        'Live kubeconfigs': data ? data.kubeconfigs : '…',
      }}
    />
  );
}
