import type { Environment } from '@sallyport/contract';
import { cpuShare, memoryShare, nodesInWords, type Share } from '../lib/capacity.ts';
import './capacity-text.css';

/** How large a cluster is and how full; calm where that is not known. */
export function CapacityText({ capacity }: Pick<Environment, 'capacity'>) {
  if (!capacity) {
    return (
      <span
        className="sp-soft"
        title="Sallyport’s credential may not list nodes there, or has not yet."
      >
        not known
      </span>
    );
  }
  return (
    <span className="sp-capacity">
      <span data-low={capacity.readyNodes < capacity.nodes || undefined}>
        {nodesInWords(capacity)}
      </span>
      <ShareLine name="CPU" {...cpuShare(capacity)} />
      <ShareLine name="Memory" {...memoryShare(capacity)} />
    </span>
  );
}

function ShareLine({ name, words, used }: Share & { readonly name: string }) {
  return (
    <span className="sp-capacity__share">
      <span className="sp-visually-hidden">{name} </span>
      {words}
      {used !== undefined && (
        <svg aria-hidden="true" className="sp-capacity__bar" data-full={used > 0.9 || undefined}>
          <rect width="100%" height="100%" />
          <rect width={`${Math.round(used * 100)}%`} height="100%" />
        </svg>
      )}
    </span>
  );
}
