import { Button } from '@patternfly/react-core';
import type { AuditItem } from '@sallyport/contract';
import type { ReactNode } from 'react';
import { Icon } from '../../components/Icon.tsx';
import { Overlay } from '../../components/Overlay.tsx';
import { eventInWords } from '../../lib/audit.ts';
import { exactTime } from '../../lib/time.ts';
import { Answer } from './Answer.tsx';

/** Everything that the log has of one event. */
export function EventDetail({ event, onClose }: { event: AuditItem; onClose: () => void }) {
  return (
    <Overlay label={`Event: ${eventInWords(event)}`} place="side" onClose={onClose}>
      <div className="sp-event">
        <header className="sp-event__head">
          <h2>{eventInWords(event)}</h2>
          <Button
            variant="plain"
            aria-label="Close"
            icon={<Icon name="close" />}
            onClick={onClose}
          />
        </header>
        <dl className="sp-event__facts">
          {factsOf(event).map(
            ([name, value]) =>
              value !== null && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
        {event.details && (
          <>
            <h3>What was asked for</h3>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it */}
            <pre className="sp-mono" tabIndex={0}>
              {JSON.stringify(event.details, null, 2)}
            </pre>
          </>
        )}
      </div>
    </Overlay>
  );
}

function factsOf(event: AuditItem): ReadonlyArray<[string, ReactNode]> {
  return [
    ['Answer', <Answer key="answer" event={event} />],
    ['Time', exactTime(new Date(event.time))],
    ['Received', exactTime(new Date(event.receivedAt))],
    ['Took', `${event.durationMs} ms`],
    ['Who', event.username],
    ['From', event.address],
    ['Client', event.userAgent],
    ['Kubeconfig', event.kubeconfigId],
    ['Environment', event.environmentName],
    ['Namespace', event.namespace],
    ['API group', event.apiGroup || null],
    ['Request', <code key="uri">{`${event.method} ${event.uri}`}</code>],
    ['Sent to the client', bytes(event.bytesToClient)],
    ['Sent by the client', bytes(event.bytesFromClient)],
    ['Request ID', <code key="id">{event.requestId}</code>],
  ];
}

function bytes(count: number | null): string | null {
  return count === null ? null : `${count.toLocaleString('en')} bytes`;
}
