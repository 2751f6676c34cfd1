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
  const cpu = cpuShare(capacity);
  const memory = memoryShare(capacity);
  return (
    <span className="sp-capacity">
      <span className="sp-capacity__total">
        <span data-low={capacity.readyNodes < capacity.nodes || undefined}>
          {nodesInWords(capacity)}
        </span>
        {capacity.nodes > 0 && `, ${cpu.total}, ${memory.total}`}
      </span>
      {(cpu.used !== undefined || memory.used !== undefined) && (
        <span className="sp-capacity__use">
          <UseBar name="CPU" short="CPU" {...cpu} />
          <UseBar name="Memory" short="Mem" {...memory} />
        </span>
      )}
    </span>
  );
}

type UseBarProps = Share & {
  readonly name: string;
  /** As the line has room for. */
  readonly short: string;
};

/** How much of one thing is in use; how much exactly, on hover. */
function UseBar({ name, short, words, used }: UseBarProps) {
  if (used === undefined) return null;
  return (
    <span className="sp-capacity__share" title={`${name}: ${words} in use`}>
      {short}
      <svg aria-hidden="true" className="sp-capacity__bar" data-full={used > 0.9 || undefined}>
        <rect width="100%" height="100%" />
        <rect width={`${Math.round(used * 100)}%`} height="100%" />
      </svg>
      {Math.round(used * 100)} %
    </span>
  );
}
