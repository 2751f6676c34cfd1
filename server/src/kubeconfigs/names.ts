/**
 * Names inside a kubeconfig. kubectl rejects a file in which two clusters or contexts share a name,
 * and a name that needs quoting in a shell is a trap; so names are made, whatever an environment
 * is called.
 */

export interface NamedEnvironment {
  readonly id: number;
  readonly name: string;
}

const PLAIN = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/**
 * The part of a cluster's and a context's name that stands for an environment. A plain name stays
 * as it is; any other is made plain and carries the id, so that it does not depend on which other
 * environments happen to be in the same file.
 *
 * @returns letters, digits, `.`, `_` and `-` only; never empty
 */
export function plainName({ id, name }: NamedEnvironment): string {
  if (PLAIN.test(name)) return name;
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return `${plain || 'environment'}-${id}`;
}

/**
 * Plain names for the environments of one file, no two alike.
 *
 * @param environments in the file's order, each at most once
 * @returns one name each, in the same order
 */
export function uniqueNames(environments: readonly NamedEnvironment[]): string[] {
  const names = environments.map(plainName);
  const taken = new Set(
    environments.filter(({ name }) => PLAIN.test(name)).map(({ name }) => name),
  );
  return names.map((name, index) => {
    const environment = environments[index];
    if (environment === undefined || name === environment.name) return name;
    let unique = name;
    while (taken.has(unique)) unique += `-${environment.id}`;
    taken.add(unique);
    return unique;
  });
}

/**
 * A file name for a download, safe on every system and in a header.
 *
 * @returns such as `sallyport-dana-production.yaml`, or `sallyport-dana.yaml` for several environments
 */
export function fileName(
  username: string,
  environments: readonly NamedEnvironment[],
  extension: 'yaml' | 'json',
): string {
  const [only] = environments;
  const suffix = environments.length === 1 && only ? `-${plainName(only)}` : '';
  return `sallyport-${username.replace(/[^A-Za-z0-9._-]+/g, '-')}${suffix}.${extension}`;
}
