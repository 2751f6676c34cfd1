import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './matrix.ts';

/** Something a client can do. `run` returns what it got, and throws where it did not work. */
export interface Capability<Scene> {
  readonly name: string;
  /** Whether it needs running pods. */
  readonly pods?: boolean;
  /** Whether what it gets must be what the same program gets from the API server directly. */
  readonly sameAsDirect?: boolean;
  /** Why this client has no such thing; it is not run then. */
  readonly lacking?: string;
  readonly run: (scene: Scene) => Promise<unknown>;
}

/** The two ways to the cluster; each call is one try of its own. */
export interface Roads<Scene> {
  readonly gateway: <T>(work: (scene: Scene) => Promise<T>) => Promise<T>;
  readonly direct: <T>(work: (scene: Scene) => Promise<T>) => Promise<T>;
  /** Why no pods run there; undefined where they do. */
  readonly podsReason: string | undefined;
}

/**
 * Tries a capability through the gateway. Where it fails, it is tried directly: what fails there too
 * is not the gateway's failure. Where the two are to be the same, they are compared.
 */
export async function judge<Scene>(
  capability: Capability<Scene>,
  roads: Roads<Scene>,
): Promise<Outcome> {
  if (capability.lacking) return { state: 'unavailable', reason: capability.lacking };
  if (capability.pods && roads.podsReason !== undefined) {
    return { state: 'unavailable', reason: `no pods run here: ${roads.podsReason}` };
  }
  const gateway = await attempt(roads.gateway(capability.run));
  if ('error' in gateway) {
    const direct = await attempt(roads.direct(capability.run));
    if (!('error' in direct)) return { state: 'fail', reason: gateway.error };
    const through = direct.error === gateway.error ? '' : ` (through it: ${gateway.error})`;
    return { state: 'unavailable', reason: `fails without the gateway: ${direct.error}${through}` };
  }
  if (!capability.sameAsDirect) return { state: 'pass' };
  const direct = await attempt(roads.direct(capability.run));
  if ('error' in direct) {
    return { state: 'fail', reason: `works only through the gateway; directly: ${direct.error}` };
  }
  if (isDeepStrictEqual(gateway.value, direct.value)) return { state: 'pass' };
  return { state: 'fail', reason: firstDifference(gateway.value, direct.value) };
}

/** One line of at most 300 characters that says what went wrong. */
export function toReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line || 'it failed without a word';
}

async function attempt(work: Promise<unknown>): Promise<{ value: unknown } | { error: string }> {
  try {
    return { value: await work };
  } catch (error) {
    return { error: toReason(error) };
  }
}

function firstDifference(gateway: unknown, direct: unknown): string {
  const [ours, theirs] = [gateway, direct].map((value) =>
    (typeof value === 'string' ? value : JSON.stringify(value, null, 1)).split('\n'),
  ) as [string[], string[]];
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  const line = at === -1 ? ours.length : at;
  return toReason(
    `line ${line + 1} is ${JSON.stringify(ours[line] ?? '')}, directly ${JSON.stringify(theirs[line] ?? '')}`,
  );
}
