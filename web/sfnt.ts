/** What a typeface's own tables say of the room that it takes; lengths are in ems. */
export interface FontMetrics {
  /** How far a line reaches above its baseline. */
  readonly ascent: number;
  /** How far it reaches below. */
  readonly descent: number;
  readonly lineGap: number;
  /** How wide a text is on one line, without kerning. @throws where it has no glyph for a character */
  readonly widthOf: (text: string) => number;
}

/**
 * Reads the tables of an OpenType file: `head`, `hhea`, `hmtx` and `cmap` (of these, format 4, which
 * maps the Basic Multilingual Plane, and is enough for what a page of ours says by itself).
 *
 * @param file an sfnt, not compressed; of a variable one the widths are those of its default
 * @throws where it is no such file
 */
export function readMetrics(file: Buffer): FontMetrics {
  const tables = new Map<string, Buffer>();
  for (let index = 0; index < file.readUInt16BE(4); index += 1) {
    const entry = file.subarray(12 + 16 * index);
    const start = entry.readUInt32BE(8);
    tables.set(
      entry.toString('latin1', 0, 4),
      file.subarray(start, start + entry.readUInt32BE(12)),
    );
  }
  function table(tag: string): Buffer {
    const found = tables.get(tag);
    if (!found) throw new Error(`The typeface has no table ${tag}.`);
    return found;
  }

  const em = table('head').readUInt16BE(18);
  const hhea = table('hhea');
  const hmtx = table('hmtx');
  const lastAdvance = hhea.readUInt16BE(34) - 1;
  const glyphOf = readCharacterMap(table('cmap'));
  return {
    ascent: hhea.readInt16BE(4) / em,
    descent: -hhea.readInt16BE(6) / em,
    lineGap: hhea.readInt16BE(8) / em,
    widthOf(text) {
      let width = 0;
      for (const character of text) {
        const glyph = glyphOf(character.codePointAt(0) ?? 0);
        if (glyph === 0) throw new Error(`The typeface has no “${character}”.`);
        // Glyphs after the last advance are all as wide as the last.
        width += hmtx.readUInt16BE(4 * Math.min(glyph, lastAdvance));
      }
      return width / em;
    },
  };
}

/** @returns the glyph of a character, 0 where there is none */
function readCharacterMap(cmap: Buffer): (codePoint: number) => number {
  const starts = Array.from({ length: cmap.readUInt16BE(2) }, (_, index) =>
    cmap.readUInt32BE(8 + 8 * index),
  );
  const start = starts.find((at) => cmap.readUInt16BE(at) === 4);
  if (start === undefined) throw new Error('The typeface has no character map of format 4.');
  const map = cmap.subarray(start);
  const size = map.readUInt16BE(6);
  const [ends, begins, deltas, offsets] = [14, 16 + size, 16 + 2 * size, 16 + 3 * size] as const;
  return (codePoint) => {
    for (let at = 0; at < size; at += 2) {
      if (codePoint > map.readUInt16BE(ends + at)) continue;
      const begin = map.readUInt16BE(begins + at);
      if (codePoint < begin) return 0;
      const delta = map.readUInt16BE(deltas + at);
      const offset = map.readUInt16BE(offsets + at);
      if (offset === 0) return (codePoint + delta) & 0xffff;
      const glyph = map.readUInt16BE(offsets + at + offset + 2 * (codePoint - begin));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
