/** From which Kubernetes on something is so that Sallyport goes by. */
export const SINCE = {
  /** No feature gate can leave out the label `kubernetes.io/metadata.name` any more (KEP-2161). */
  namespaceLabels: [1, 22],
  /** An API server knows `Impersonate-Uid` (KEP-2784). */
  impersonatedUid: [1, 22],
  /** Constrained impersonation is on by default (KEP-5284). */
  constrainedImpersonation: [1, 36],
} as const satisfies Record<string, readonly [major: number, minor: number]>;

/** Read once each, since every request asks; clusters say what they like, so their number is bounded. */
const numbers = new Map<string, readonly [major: number, minor: number] | undefined>();
const MAX_VERSIONS = 1_000;

function numbersOf(version: string): readonly [major: number, minor: number] | undefined {
  if (numbers.has(version)) return numbers.get(version);
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const found = major && minor ? ([Number(major), Number(minor)] as const) : undefined;
  if (numbers.size >= MAX_VERSIONS) numbers.clear();
  numbers.set(version, found);
  return found;
}

/**
 * Whether a cluster is of that Kubernetes or a later one.
 *
 * @param version such as `v1.36.2` or `v1.27.3-gke.100`
 * @returns undefined where the version is not known, or is written in another way
 */
export function isSince(version: string | null, what: keyof typeof SINCE): boolean | undefined {
  const found = numbersOf(version ?? '');
  if (found === undefined) return undefined;
  const [major, minor] = found;
  const [fromMajor, fromMinor] = SINCE[what];
  return major > fromMajor || (major === fromMajor && minor >= fromMinor);
}
