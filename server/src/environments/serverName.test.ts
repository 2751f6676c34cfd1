import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { environmentNamed, serverNameOf } from './serverName.ts';

const DOMAIN = 'sallyport.internal';

describe('the name of an environment in TLS', () => {
  it('is read as it was written, in any case', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.boolean(), (id, upper) => {
        const name = serverNameOf(id, DOMAIN);
        assert.equal(environmentNamed(upper ? name.toUpperCase() : name, DOMAIN), id);
      }),
    );
  });

  it('is nothing but that: no other spelling, domain or depth', () => {
    for (const name of [
      'environment-1',
      'environment-1.',
      'environment-0.sallyport.internal',
      'environment-01.sallyport.internal',
      'environment--1.sallyport.internal',
      'environment-1e1.sallyport.internal',
      'environment-99999999999.sallyport.internal',
      'environment-١.sallyport.internal',
      'environment-1 .sallyport.internal',
      'environment-1\n.sallyport.internal',
      'environment-1.sallyport.internal.',
      'environment-1.sallyport.internal.example',
      'environment-1xsallyport.internal',
      'environment-1.x.sallyport.internal',
      'x.environment-1.sallyport.internal',
      'xenvironment-1.sallyport.internal',
      'sallyport.internal',
      '.sallyport.internal',
      'gate.example',
    ]) {
      assert.equal(environmentNamed(name, DOMAIN), undefined, JSON.stringify(name));
    }
  });

  it('is none where no name came, or none are given', () => {
    for (const name of [undefined, null, false, ''] as const) {
      assert.equal(environmentNamed(name, DOMAIN), undefined);
    }
    assert.equal(environmentNamed('environment-1.', ''), undefined);
    assert.equal(environmentNamed('environment-1', ''), undefined);
  });

  it('is read or not, and never fails, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', DOMAIN), (name, domain) => {
        const id = environmentNamed(name, domain);
        assert.ok(id === undefined || name.toLowerCase() === serverNameOf(id, domain));
      }),
    );
  });
});
