import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { run } from '../../lab/src/binaries/command.ts';

export const CHART = join(import.meta.dirname, '..', 'chart');

/** A Kubernetes object, as far as tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
}

/** Values as they follow `--set-json`, one a path. */
export type Values = Readonly<Record<string, unknown>>;

/** The least that the chart takes. */
export const LEAST: Values = { 'image.repository': 'registry.example/sallyport' };

/** What several pods need. */
export const SEVERAL: Values = {
  ...LEAST,
  replicaCount: 3,
  'database.existingSecret': 'database',
  'secretKey.existingSecret': 'key',
  'tls.existingSecret': 'certificate',
};

export function flagsOf(values: Values): string[] {
  return Object.entries(values).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ]);
}

/** A Helm asks no cluster when it renders, and one that was built from Go modules takes it for an old one. */
export const FOR_KUBERNETES = ['--kube-version', '1.36.0'];

/**
 * Renders the chart as the release `gate`.
 *
 * @throws Error with what Helm says where it refuses
 */
export async function render(helm: string, values: Values): Promise<Manifest[]> {
  const text = await run(helm, [
    ...['template', 'gate', CHART, ...FOR_KUBERNETES, ...flagsOf(values)],
  ]);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** The one object of a kind. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (!found || more.length > 0) throw new Error(`not one ${kind}`);
  return found;
}
