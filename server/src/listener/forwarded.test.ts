import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { clientOf, createTrust, toPeer } from './forwarded.ts';

const isTrusted = createTrust(['10.0.0.0/8', 'fd00::/8', '192.0.2.7/32']);
const proxy = toPeer('10.0.0.1', false, isTrusted);
const stranger = toPeer('203.0.113.9', true, isTrusted);

test('the headers of somebody who is no trusted proxy change nothing', () => {
  fc.assert(
    fc.property(
      fc.record({
        'x-forwarded-for': fc.oneof(fc.ipV4(), fc.string()),
        'x-forwarded-proto': fc.constantFrom('http', 'https', ''),
        'x-forwarded-host': fc.domain(),
        host: fc.domain(),
      }),
      (headers) => {
        assert.deepEqual(clientOf(stranger, headers, isTrusted), {
          secure: true,
          address: '203.0.113.9',
          host: headers.host.toLowerCase(),
          environmentId: undefined,
        });
      },
    ),
  );
});

describe('behind a trusted proxy', () => {
  const of = (headers: Record<string, string>) => clientOf(proxy, headers, isTrusted);

  test('the client is the rightmost address that is no trusted proxy', () => {
    assert.equal(of({ 'x-forwarded-for': '198.51.100.1' }).address, '198.51.100.1');
    assert.equal(of({ 'x-forwarded-for': '1.1.1.1, 198.51.100.1' }).address, '198.51.100.1');
    assert.equal(
      of({ 'x-forwarded-for': '1.1.1.1, 198.51.100.1,10.2.3.4' }).address,
      '198.51.100.1',
    );
    assert.equal(of({ 'x-forwarded-for': '10.9.9.9, 10.2.3.4' }).address, '10.9.9.9');
    assert.equal(of({}).address, '10.0.0.1');
  });

  test('ports, brackets and IPv4 written as IPv6 are understood', () => {
    assert.equal(of({ 'x-forwarded-for': '198.51.100.1:4711' }).address, '198.51.100.1');
    assert.equal(of({ 'x-forwarded-for': '[2001:db8::1]:4711' }).address, '2001:db8::1');
    assert.equal(of({ 'x-forwarded-for': '2001:db8::1' }).address, '2001:db8::1');
    assert.equal(of({ 'x-forwarded-for': '::ffff:198.51.100.1' }).address, '198.51.100.1');
    assert.equal(toPeer('::ffff:10.0.0.1', false, isTrusted).trusted, true);
  });

  test('nothing is believed beyond an entry that is no address', () => {
    assert.equal(of({ 'x-forwarded-for': '198.51.100.1, unknown' }).address, '10.0.0.1');
    assert.equal(of({ 'x-forwarded-for': '198.51.100.1, _hidden, 10.2.3.4' }).address, '10.2.3.4');
    assert.equal(of({ 'x-forwarded-for': '0x7f.1' }).address, '10.0.0.1');
  });

  test('https counts when the proxy says so, and only then', () => {
    assert.equal(of({ 'x-forwarded-proto': 'https' }).secure, true);
    assert.equal(of({ 'x-forwarded-proto': 'HTTPS' }).secure, true);
    assert.equal(of({ 'x-forwarded-proto': 'http' }).secure, false);
    assert.equal(of({ 'x-forwarded-proto': 'wss' }).secure, false);
    assert.equal(of({}).secure, false);
    const encrypted = toPeer('10.0.0.1', true, isTrusted);
    assert.equal(clientOf(encrypted, {}, isTrusted).secure, true);
    assert.equal(clientOf(encrypted, { 'x-forwarded-proto': 'http' }, isTrusted).secure, false);
  });

  test('where proxies append to the list, what the client itself wrote first does not count', () => {
    const headers = {
      'x-forwarded-proto': 'https, http',
      'x-forwarded-for': '1.1.1.1, 198.51.100.1',
    };
    assert.equal(of(headers).secure, false);
    const twoProxies = {
      'x-forwarded-proto': 'http, https, http',
      'x-forwarded-for': '1.1.1.1, 198.51.100.1, 10.2.3.4',
      'x-forwarded-host': 'evil.example, gate.example, inner.example',
    };
    assert.deepEqual(of(twoProxies), {
      secure: true,
      address: '198.51.100.1',
      host: 'gate.example',
      environmentId: undefined,
    });
  });

  test('the host is the one that the proxy was asked for', () => {
    assert.equal(
      of({ host: 'inner:9443', 'x-forwarded-host': 'Gate.Example' }).host,
      'gate.example',
    );
    assert.equal(of({ host: 'inner:9443' }).host, 'inner:9443');
  });

  test('whatever the headers, the client is the proxy or an address that they name', () => {
    const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constant('10.1.1.1'));
    fc.assert(
      fc.property(fc.array(hop), (hops) => {
        const { address } = of({ 'x-forwarded-for': hops.join(', ') });
        assert.ok(ipaddr.isValid(address));
        const named = hops
          .flatMap((text) => text.split(','))
          .map((text) =>
            text
              .trim()
              .replace(/^\[(.*)\](:\d+)?$/, '$1')
              .replace(/^([\d.]+):\d+$/, '$1'),
          )
          .filter((text) => ipaddr.isValid(text))
          .map((text) => ipaddr.process(text).toString());
        assert.ok(address === '10.0.0.1' || named.includes(address));
      }),
    );
  });

  test('a client cannot choose its address by what it writes to the left of the truth', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.string())), (lies) => {
        const hops = [...lies, '198.51.100.1', '10.4.4.4'].join(', ');
        assert.equal(of({ 'x-forwarded-for': hops }).address, '198.51.100.1');
      }),
    );
  });
});

describe('the host asked for', () => {
  const host = (value: string | undefined) =>
    clientOf(stranger, value === undefined ? {} : { host: value }, isTrusted).host;

  test('is kept, in lower case, with its port', () => {
    for (const text of ['gate.example', 'localhost:9443', '[::1]:9443', '127.0.0.1', 'a_b.c'])
      assert.equal(host(text.toUpperCase()), text);
  });

  test('is left out where it could be taken for something else', () => {
    for (const text of [
      '',
      'a b',
      'a/b',
      'a@b',
      'a?b',
      'a#b',
      'a:b',
      'a,b',
      'a:123456',
      '[x]',
      '<x>',
    ])
      assert.equal(host(text), undefined, text);
    assert.equal(host(undefined), undefined);
  });

  test('of HTTP/2 is :authority', () => {
    const headers = { ':authority': 'gate.example:9443', host: 'other.example' };
    assert.equal(clientOf(stranger, headers, isTrusted).host, 'gate.example:9443');
  });

  test('is always safe to put into a URL', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const kept = host(text);
        if (kept !== undefined) assert.ok(/^[a-z0-9._:[\]-]+$/.test(kept));
      }),
    );
  });
});

test('without ranges nobody is trusted, and families do not mix', () => {
  assert.equal(createTrust([])('127.0.0.1'), false);
  assert.equal(createTrust(['0.0.0.0/0'])('2001:db8::1'), false);
  assert.equal(createTrust(['::/0'])('192.0.2.1'), false);
  assert.equal(isTrusted(''), false);
  assert.equal(isTrusted('192.0.2.7'), true);
  assert.equal(isTrusted('192.0.2.8'), false);
});
