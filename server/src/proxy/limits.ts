/**
 * How much one kubeconfig and one environment may have open at once. Short requests and streams are
 * counted apart, because a controller with a thousand watches is nothing unusual, while a thousand
 * short requests at once are. Where there are several workers, they count together.
 */
import { fail } from '../errors.ts';
import { type Count, type Others, shareCounts } from './sharedCounts.ts';

export interface ProxyLimits {
  /** Short requests at once. */
  readonly requestsPerKubeconfig: number;
  readonly requestsPerEnvironment: number;
  /** Watches, logs, exec, attach, port-forwards and proxied workloads at once. */
  readonly streamsPerKubeconfig: number;
  readonly streamsPerEnvironment: number;
  /**
   * Requests that the client gave up before they were answered, as HTTP/2 clients do by the
   * thousand in a rapid reset attack (CVE-2023-44487): so many at a time, and so many a second.
   * Each of them costs a connection to the API server.
   */
  readonly abortsPerKubeconfig: number;
  readonly abortsPerSecond: number;
}

export const DEFAULT_LIMITS: ProxyLimits = {
  // Twice what kube-apiserver serves at once by default (`--max-requests-inflight`, 400) for all.
  requestsPerKubeconfig: 200,
  requestsPerEnvironment: 800,
  streamsPerKubeconfig: 5_000,
  streamsPerEnvironment: 20_000,
  abortsPerKubeconfig: 500,
  abortsPerSecond: 20,
};

export interface Limits {
  /**
   * Takes a place.
   *
   * @throws SallyportError request.too_many
   */
  take(kubeconfigId: number, environmentId: number, stream: boolean): void;
  /** Gives it back; to be called once for each `take`. */
  give(kubeconfigId: number, environmentId: number, stream: boolean): void;
  /** Counts a request that its client gave up before it was answered. */
  aborted(kubeconfigId: number): void;
  close(): void;
}

interface Aborts {
  tokens: number;
  at: number;
}

/** Seconds after which a client tries again. */
const RETRY_AFTER = 1;

/**
 * @param others the workers that count the same; undefined: there are none
 * @param now milliseconds; only differences count
 */
export function createLimits(
  limits: ProxyLimits,
  others?: Others,
  now: () => number = () => performance.now(),
): Limits {
  const requests = {
    ofKubeconfigs: countTo(limits.requestsPerKubeconfig),
    ofEnvironments: countTo(limits.requestsPerEnvironment),
  };
  const streams = {
    ofKubeconfigs: countTo(limits.streamsPerKubeconfig),
    ofEnvironments: countTo(limits.streamsPerEnvironment),
  };
  const all = [requests, streams].flatMap((kind) => [kind.ofKubeconfigs, kind.ofEnvironments]);
  const close = others === undefined ? () => {} : shareCounts(all, others);
  const aborts = new Map<number, Aborts>();

  function abortsOf(kubeconfigId: number): Aborts | undefined {
    const bucket = aborts.get(kubeconfigId);
    if (bucket === undefined) return undefined;
    const time = now();
    bucket.tokens += ((time - bucket.at) / 1000) * limits.abortsPerSecond;
    bucket.at = time;
    if (bucket.tokens < limits.abortsPerKubeconfig) return bucket;
    aborts.delete(kubeconfigId);
    return undefined;
  }

  return {
    take(kubeconfigId, environmentId, stream) {
      const open = stream ? streams : requests;
      const what = stream ? 'streams' : 'requests';
      const { ofKubeconfigs, ofEnvironments } = open;
      if (isFull(ofKubeconfigs, kubeconfigId)) {
        throw tooMany(
          `This kubeconfig has ${ofKubeconfigs.most} ${what} open, which is the limit.`,
        );
      }
      if (isFull(ofEnvironments, environmentId)) {
        throw tooMany(
          `The environment has ${ofEnvironments.most} ${what} open, which is the limit.`,
        );
      }
      if ((abortsOf(kubeconfigId)?.tokens ?? 1) < 1) {
        throw tooMany('This kubeconfig gives up too many requests before they are answered.');
      }
      increment(ofKubeconfigs, kubeconfigId);
      increment(ofEnvironments, environmentId);
    },
    give(kubeconfigId, environmentId, stream) {
      const open = stream ? streams : requests;
      decrement(open.ofKubeconfigs, kubeconfigId);
      decrement(open.ofEnvironments, environmentId);
    },
    aborted(kubeconfigId) {
      const bucket = abortsOf(kubeconfigId);
      if (bucket !== undefined) bucket.tokens = Math.max(0, bucket.tokens - 1);
      else aborts.set(kubeconfigId, { tokens: limits.abortsPerKubeconfig - 1, at: now() });
    },
    close,
  };
}

function countTo(most: number): Count {
  return { most, here: new Map(), elsewhere: new Map() };
}

function isFull({ most, here, elsewhere }: Count, id: number): boolean {
  return (here.get(id) ?? 0) + (elsewhere.get(id) ?? 0) >= most;
}

function increment({ here }: Count, id: number): void {
  here.set(id, (here.get(id) ?? 0) + 1);
}

function decrement({ here }: Count, id: number): void {
  const count = (here.get(id) ?? 0) - 1;
  if (count > 0) here.set(id, count);
  else here.delete(id);
}

function tooMany(why: string) {
  return fail('request.too_many', { why, seconds: RETRY_AFTER });
}
