import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { pack, unpack } from './tar.ts';

describe('an archive', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-tar-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function packed(contents: readonly Uint8Array[]) {
    const files = contents.map((content, index) => {
      const path = join(folder, String(index));
      writeFileSync(path, content);
      return { name: `folder/${index}`, path };
    });
    const digests = new Map<string, string>();
    const pieces: Buffer[] = [];
    for await (const piece of pack(files, (name, digest) => digests.set(name, digest)))
      pieces.push(piece);
    return { bytes: Buffer.concat(pieces), digests };
  }

  async function unpacked(pieces: readonly Buffer[]) {
    const found = new Map<string, Buffer[]>();
    const source = (async function* () {
      yield* pieces;
    })();
    const names = await unpack(source, (name) => {
      const parts: Buffer[] = [];
      found.set(name, parts);
      return (piece) => void parts.push(Buffer.from(piece));
    });
    return { names, contentOf: (name: string) => Buffer.concat(found.get(name) ?? []) };
  }

  const content = fc.oneof(
    fc.uint8Array({ maxLength: 1_600 }),
    fc.constantFrom(0, 1, 511, 512, 513, 1_024).map((length) => new Uint8Array(length).fill(7)),
  );

  it('gives back what was put in, however it comes in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
        async (contents, steps) => {
          const { bytes, digests } = await packed(contents);
          const pieces: Buffer[] = [];
          for (let at = 0, n = 0; at < bytes.length; n++) {
            const step = steps[n % steps.length] ?? 1;
            pieces.push(bytes.subarray(at, at + step));
            at += step;
          }
          const { names, contentOf } = await unpacked(pieces);
          assert.deepEqual(
            names,
            contents.map((_, index) => `folder/${index}`),
          );
          for (const [index, one] of contents.entries()) {
            const name = `folder/${index}`;
            assert.ok(contentOf(name).equals(one));
            assert.equal(digests.get(name), createHash('sha256').update(one).digest('hex'));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is one that tar(1) would read: each head has its sum, and blocks are whole', async () => {
    const { bytes } = await packed([Buffer.from('hello')]);
    assert.equal(bytes.length % 512, 0);
    const head = Buffer.from(bytes.subarray(0, 512));
    const said = Number.parseInt(head.toString('latin1', 148, 154), 8);
    head.fill(' ', 148, 156);
    assert.equal(
      said,
      head.reduce((total, byte) => total + byte, 0),
    );
  });

  it('is refused where it ends too early, or says a size that is none', async () => {
    const { bytes } = await packed([Buffer.alloc(600, 1)]);
    for (const length of [0, 100, 512, 900, 1_536]) {
      await assert.rejects(unpacked([bytes.subarray(0, length)]), /the archive is cut/);
    }
    const wrong = Buffer.from(bytes);
    wrong.write('zzzzzzzzzzz', 124);
    await assert.rejects(unpacked([wrong]), /the archive is damaged/);
  });

  it('says sizes that eleven octal digits do not hold', async () => {
    const head = Buffer.alloc(512);
    head.write('large', 0);
    head[124] = 0x80;
    head.writeBigUInt64BE(2n ** 33n + 5n, 128);
    // So much does not come here; but it is waited for.
    await assert.rejects(unpacked([head, Buffer.alloc(4_096)]), /the archive is cut/);
  });
});
