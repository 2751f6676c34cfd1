/** Events on their way to the thread that writes them: few flat arrays, which are cheap to copy. */
import type { AuditRecord, Common } from './record.ts';

/** As much of a {@link Common} as is written. */
type PackedCommon = Omit<Common, 'words'>;

export interface Batch {
  readonly commons: readonly PackedCommon[];
  /** Of each event, {@link NUMBERS}: its time, and its place in `commons`. */
  readonly numbers: Float64Array;
  /** Of each event, {@link TEXTS}: namespace, verb, resource, values and the index's text. */
  readonly texts: ReadonlyArray<string | null>;
}

export const NUMBERS = 2;
export const TEXTS = 5;

/** What became of a batch. */
export interface Appended {
  readonly lastId: number;
}

export function packBatch(records: readonly AuditRecord[]): Batch {
  const places = new Map<Common, number>();
  const commons: PackedCommon[] = [];
  const numbers = new Float64Array(records.length * NUMBERS);
  const texts: Array<string | null> = [];
  for (const [index, record] of records.entries()) {
    const { common } = record;
    let place = places.get(common);
    if (place === undefined) {
      const { words: _, ...packed } = common;
      place = commons.push(packed) - 1;
      places.set(common, place);
    }
    numbers[index * NUMBERS] = record.time;
    numbers[index * NUMBERS + 1] = place;
    texts.push(record.namespace, record.verb, record.resource, record.values, record.indexText);
  }
  return { commons, numbers, texts };
}
