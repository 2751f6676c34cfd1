import { Id, type Stream } from '@sallyport/contract';
import { type ListSearch, parseListSearch } from './lists.ts';

/** Which streams are shown, as the address bar holds it. */
export type LiveSearch = ListSearch & { readonly environmentId?: number };

/** Reads it from the address bar; whatever makes no sense is left out. */
export function parseLiveSearch(search: Readonly<Record<string, unknown>>): LiveSearch {
  const environmentId = Id.safeParse(Number(search.environmentId));
  return {
    ...parseListSearch({ ...search }),
    ...(environmentId.success ? { environmentId: environmentId.data } : {}),
  };
}

type Asked = Pick<Stream, 'verb' | 'resource' | 'subresource' | 'namespace' | 'name' | 'path'>;

/** @returns such as `watch pods in payments` or `create pods/exec web-0 in payments` */
export function streamInWords(stream: Asked): string {
  const { verb, resource, subresource, namespace, name, path } = stream;
  if (!resource) return `${verb} ${path}`;
  const what = [resource, subresource].filter(Boolean).join('/');
  return [verb, what, name, namespace && `in ${namespace}`].filter(Boolean).join(' ');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes as people read it: three digits at the most before a unit of thousands. */
export function bytesInWords(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}
