import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CborSequence } from './cborSequence.ts';

/** The head of an item in one of the widths that hold its argument, the shortest or not. */
const head = (major: number, argument: number): fc.Arbitrary<Buffer> => {
  const widths = [0, 1, 2, 4, 8].filter((width) =>
    width === 0 ? argument < 24 : argument < 256 ** width,
  );
  return fc.constantFrom(...widths).map((width) => {
    if (width === 0) return Buffer.of((major << 5) | argument);
    const first = (major << 5) | (24 + Math.log2(width));
    return Buffer.concat([Buffer.of(first), hex(argument.toString(16).padStart(width * 2, '0'))]);
  });
};

const join = (...parts: Array<fc.Arbitrary<Buffer>>): fc.Arbitrary<Buffer> =>
  fc.tuple(...parts).map((bytes) => Buffer.concat(bytes));

/** A whole item: numbers, strings, floats, and arrays, maps and tags of items. */
const { item } = fc.letrec<{ item: Buffer; leaf: Buffer }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc
      .array(tie('item'), { maxLength: 5 })
      .chain((items) => join(head(4, items.length), fc.constant(Buffer.concat(items)))),
    fc
      .array(fc.tuple(tie('item'), tie('item')), { maxLength: 5 })
      .chain((pairs) => join(head(5, pairs.length), fc.constant(Buffer.concat(pairs.flat())))),
    join(
      fc.constantFrom(22, 258, 55_799).chain((tag) => head(6, tag)),
      tie('item'),
    ),
  ),
  leaf: fc.oneof(
    fc.tuple(fc.constantFrom(0, 1), fc.nat()).chain(([major, number]) => head(major, number)),
    fc
      .tuple(fc.constantFrom(2, 3), fc.uint8Array({ maxLength: 40 }))
      .chain(([major, bytes]) =>
        head(major, bytes.length).map((first) => Buffer.concat([first, bytes])),
      ),
    fc.constantFrom('f4', 'f5', 'f6', 'f97e00', 'fa7fc00000', 'fb7ff8000000000000').map(hex),
  ),
}));

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

describe('the boundary between the items of a CBOR sequence', () => {
  it('is found after each item and nowhere else, in whatever pieces they come', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), sizes, (items, pieces) => {
        let end = 0;
        const ends = new Set([0, ...items.map(({ length }) => (end += length))]);
        const bytes = Buffer.concat(items);
        const sequence = new CborSequence();
        for (let at = 0, i = 0; ; i++) {
          assert.equal(sequence.between, ends.has(at), `at ${at} of ${bytes.toString('hex')}`);
          if (at === bytes.length) break;
          const next = Math.min(bytes.length, at + (pieces[i % pieces.length] ?? 1));
          sequence.push(bytes.subarray(at, next));
          at = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  for (const [what, bytes] of [
    ['an array whose length is not told', '9f01ff'],
    ['a map whose length is not told', 'bf0102ff'],
    ['a string in pieces', '5f4101ff'],
    ['an end of nothing', 'ff'],
    ['a reserved length', '1c'],
    ['a string longer than numbers are exact', '5b7fffffffffffffff'],
    ['an array longer than numbers are exact', '9bffffffffffffffff'],
    ['a map longer than numbers are exact', 'bb0010000000000001'],
  ] as const) {
    it(`is nowhere any more after ${what}`, () => {
      const sequence = new CborSequence();
      sequence.push(hex(bytes));
      assert.equal(sequence.between, false);
      sequence.push(hex('00'));
      assert.equal(sequence.between, false);
    });
  }

  it('is nowhere any more after items deeper than any object, and nothing is kept of them', () => {
    const deep = new CborSequence();
    deep.push(Buffer.alloc(1_024, 0x81));
    deep.push(hex('00'));
    assert.equal(deep.between, true);
    const deeper = new CborSequence();
    deeper.push(Buffer.alloc(1_025, 0x81));
    deeper.push(hex('00'));
    assert.equal(deeper.between, false);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const whole = new CborSequence();
        whole.push(Buffer.from(bytes));
        const byByte = new CborSequence();
        for (const byte of bytes) byByte.push(Buffer.of(byte));
        assert.equal(byByte.between, whole.between);
      }),
      { numRuns: 1_000 },
    );
  });
});
