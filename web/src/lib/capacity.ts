import type { Environment } from '@sallyport/contract';

type Capacity = NonNullable<Environment['capacity']>;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** @returns such as `3 nodes`, or `2 of 3 nodes ready` where not all are */
export function nodesInWords({ nodes, readyNodes }: Pick<Capacity, 'nodes' | 'readyNodes'>) {
  const noun = nodes === 1 ? 'node' : 'nodes';
  return readyNodes === nodes ? `${nodes} ${noun}` : `${readyNodes} of ${nodes} ${noun} ready`;
}

/** What is offered of one thing, and how much of it is in use. */
export interface Share {
  /** Such as `8 cores`. */
  readonly total: string;
  /** Such as `1.5 of 8 cores`, or `8 cores` where use is not measured. */
  readonly words: string;
  /** 0 to 1; undefined where use is not measured. */
  readonly used: number | undefined;
}

export function cpuShare({ cpuCores, cpuCoresUsed }: Capacity): Share {
  const unit = numberInWords(cpuCores) === '1' ? 'core' : 'cores';
  return share(cpuCoresUsed, cpuCores, (cores) => numberInWords(cores), unit);
}

export function memoryShare({ memoryBytes, memoryBytesUsed }: Capacity): Share {
  const { size, unit } = unitOf(memoryBytes);
  return share(memoryBytesUsed, memoryBytes, (bytes) => numberInWords(bytes / size), unit);
}

function share(
  used: number | null,
  total: number,
  words: (value: number) => string,
  unit: string,
): Share {
  const offered = `${words(total)} ${unit}`;
  if (used === null) return { total: offered, words: offered, used: undefined };
  return {
    total: offered,
    words: `${words(used)} of ${words(total)} ${unit}`,
    used: total > 0 ? Math.min(used / total, 1) : undefined,
  };
}

/** The largest unit in which there is at least one. */
function unitOf(bytes: number): { size: number; unit: string } {
  let power = 0;
  while (power < UNITS.length - 1 && bytes >= 1024 ** (power + 1)) power += 1;
  return { size: 1024 ** power, unit: UNITS[power] ?? 'B' };
}

/** Two digits that say something: `0.42`, `3.9`, `24`. */
function numberInWords(value: number): string {
  const digits = value >= 10 ? 0 : value >= 1 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
