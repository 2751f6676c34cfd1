import { fail } from '../errors.ts';

/**
 * Reads the environment ids of `GET /api/kubernetes/config`: `ids=1,2`, `ids=[1,2]` (as the
 * original product's page writes it) or `ids=1&ids=2`.
 *
 * @param raw the query's values; undefined where there is no `ids` at all
 * @returns the ids in their order, or undefined where all are meant
 * @throws kubeconfig.ids_invalid where a value is no list of ids: the original took that for "all"
 */
export function parseIds(raw: string | readonly string[] | undefined): number[] | undefined {
  if (raw === undefined) return undefined;
  const values = typeof raw === 'string' ? [raw] : raw;
  return values.flatMap((value) => {
    const list = /^\s*\[(.*)\]\s*$/s.exec(value)?.[1] ?? value;
    if (list.trim() === '') return [];
    return list.split(',').map((text) => {
      const id = /^\s*([1-9]\d{0,9})\s*$/.exec(text)?.[1];
      if (id === undefined || Number(id) > 2_147_483_647) {
        throw fail('kubeconfig.ids_invalid', {
          why: `"${text.trim().slice(0, 40)}" is no environment id.`,
        });
      }
      return Number(id);
    });
  });
}
