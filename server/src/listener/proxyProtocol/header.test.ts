import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { toPeer } from '../forwarded.ts';
import { BadProxyHeader, readProxyHeader } from './header.ts';
import { headerV1, headerV2, rawV2 } from './testing.ts';

const source = fc.oneof(fc.ipV4(), fc.ipV6());
const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));
/** A header, and the address that it names. */
const header = fc.oneof(
  source.map((address) => ({ address, head: headerV1(address) })),
  fc
    .tuple(source, bytes(500))
    .map(([address, tlvs]) => ({ address, head: headerV2(address, tlvs) })),
  bytes(60)
    .map((garbage) => garbage.toString('latin1').replaceAll(/[\r\n]/g, ''))
    .map((text) => ({
      address: undefined,
      head: Buffer.from(`PROXY UNKNOWN ${text}\r\n`, 'latin1'),
    })),
  fc
    .tuple(fc.constantFrom(0x20, 0x21), fc.constantFrom(0x00, 0x01, 0x10, 0x31, 0x32), bytes(300))
    .map(([command, code, block]) => ({ address: undefined, head: rawV2(command, code, block) })),
);
const same = (one: string | undefined, other: string | undefined) =>
  assert.equal(one && ipaddr.parse(one).toString(), other && ipaddr.parse(other).toString());

describe('a PROXY header', () => {
  it('names its source, whatever follows it, and never takes a byte of that', () => {
    fc.assert(
      fc.property(header, bytes(200), ({ address, head }, rest) => {
        const read = readProxyHeader(Buffer.concat([head, rest]));
        assert.equal(read?.length, head.length);
        same(read.source, address);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is waited for until its last byte, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(header, ({ head }) => {
        for (let length = 0; length < head.length; length += 1)
          assert.equal(readProxyHeader(head.subarray(0, length)), undefined);
      }),
    );
  });

  it('names an address that counts as one everywhere', () => {
    fc.assert(
      fc.property(header, ({ head }) => {
        const named = readProxyHeader(head)?.source;
        if (named !== undefined) assert.notEqual(toPeer(named, true, () => false).address, '');
      }),
    );
  });

  it('is refused in words or read in bounds, whatever bytes come', () => {
    const changed = fc.tuple(header, fc.nat(), fc.nat(255)).map(([{ head }, at, to]) => {
      const copy = Buffer.from(head);
      copy[at % copy.length] = to;
      return copy;
    });
    const beginning = fc.constantFrom('PROXY ', 'PROXY TCP4 ', '\r\n\r\n\0\r\nQUIT\n', '\r\n', 'P');
    const begun = fc
      .tuple(beginning, bytes(5_000))
      .map(([text, rest]) => Buffer.concat([Buffer.from(text), rest]));
    fc.assert(
      fc.property(fc.oneof(bytes(200), changed, begun), (text) => {
        try {
          const read = readProxyHeader(text);
          if (read === undefined) assert.ok(text.length < 4_096);
          else assert.ok(read.length <= text.length && read.length <= 4_096);
          if (read?.source !== undefined) assert.ok(ipaddr.isValid(read.source));
        } catch (error) {
          assert.ok(error instanceof BadProxyHeader, String(error));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('of version 1 is read strictly', () => {
    const refused = [
      'PROXY TCP4 1.2.3.4 5.6.7.8 1 65536',
      'PROXY TCP4 1.2.3.4 5.6.7.8 01 2',
      'PROXY TCP4 1.2.3.4 5.6.7.8 -1 2',
      'PROXY TCP4 1.2.3.4 5.6.7.8 1',
      'PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3',
      'PROXY TCP4 1.2.3.4  5.6.7.8 1 2',
      'PROXY TCP4 1.2.3.4 5.6.7.8 1 2 ',
      'PROXY TCP4 01.2.3.4 5.6.7.8 1 2',
      'PROXY TCP4 1.2.3 5.6.7.8 1 2',
      'PROXY TCP4 ::1 ::1 1 2',
      'PROXY TCP6 1.2.3.4 5.6.7.8 1 2',
      'PROXY TCP6 fe80::1%eth0 ::1 1 2',
      'PROXY TCP5 1.2.3.4 5.6.7.8 1 2',
      'PROXY UDP4 1.2.3.4 5.6.7.8 1 2',
      'PROXY UNKNOWNS',
      'PROXY ',
      'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\nPROXY TCP4 1.2.3.4 5.6.7.8 1 2',
    ];
    for (const line of refused)
      assert.throws(() => readProxyHeader(Buffer.from(`${line}\r\n`)), BadProxyHeader, line);
    for (const line of ['proxy TCP4', 'PROXX', 'GET / HTTP/1.1', '\x16\x03\x01'])
      assert.throws(() => readProxyHeader(Buffer.from(line)), BadProxyHeader, line);
  });

  it('of version 1 ends within 107 bytes, or is none', () => {
    const longest = Buffer.from(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`);
    assert.equal(longest.length, 107);
    assert.equal(readProxyHeader(longest)?.length, 107);
    assert.equal(readProxyHeader(longest.subarray(0, 106)), undefined);
    const longer = Buffer.from(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`);
    assert.throws(() => readProxyHeader(longer.subarray(0, 107)), /no end within 107 bytes/);
  });

  it('of version 2 is read strictly', () => {
    const block = Buffer.alloc(36);
    for (const [command, code] of [
      [0x11, 0x11],
      [0x31, 0x11],
      [0x22, 0x11],
      [0x21, 0x13],
      [0x21, 0x41],
    ] as const)
      assert.throws(() => readProxyHeader(rawV2(command, code, block)), BadProxyHeader);
    assert.throws(() => readProxyHeader(rawV2(0x21, 0x11, Buffer.alloc(11))), /no room/);
    assert.throws(() => readProxyHeader(rawV2(0x21, 0x21, Buffer.alloc(35))), /no room/);
    // UDP comes over no TCP port; still, the address is not believed.
    assert.equal(readProxyHeader(rawV2(0x21, 0x12, block))?.source, undefined);
    // With LOCAL, everything but the length is ignored.
    assert.deepEqual(readProxyHeader(rawV2(0x20, 0xff, Buffer.alloc(7))), {
      length: 23,
      source: undefined,
    });
  });

  it('of version 2 takes 4096 bytes at the most, which is known by its length', () => {
    const longest = headerV2('192.0.2.1', Buffer.alloc(4_096 - 28));
    assert.equal(readProxyHeader(longest)?.length, 4_096);
    const longer = headerV2('192.0.2.1', Buffer.alloc(4_096 - 27));
    assert.throws(() => readProxyHeader(longer.subarray(0, 16)), /longer than 4096 bytes/);
  });
});
