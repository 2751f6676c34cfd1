import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { publicUrlOf } from './publicUrl.ts';

const from = (secure: boolean, host: string | undefined) => ({ secure, address: '::1', host });

describe('the address by which Sallyport is reached', () => {
  it('is the one that was configured, whatever a request says', () => {
    assert.equal(
      publicUrlOf(from(true, 'evil'), 'https://gate.example/', 9443),
      'https://gate.example',
    );
  });

  it('is the one that the request came to, where none is configured', () => {
    assert.equal(publicUrlOf(from(true, 'gate:9443'), undefined, 1), 'https://gate:9443');
    assert.equal(publicUrlOf(from(true, '[::1]:8443'), undefined, 1), 'https://[::1]:8443');
  });

  it('is the HTTPS port of the same host for a request over plain HTTP', () => {
    assert.equal(publicUrlOf(from(false, 'gate:8080'), undefined, 9443), 'https://gate:9443');
    assert.equal(publicUrlOf(from(false, 'gate'), undefined, 443), 'https://gate');
    assert.equal(publicUrlOf(from(false, '[::1]:8080'), undefined, 9443), 'https://[::1]:9443');
  });

  it('is this machine where no request says more', () => {
    assert.equal(publicUrlOf(undefined, undefined, 9443), 'https://localhost:9443');
    assert.equal(publicUrlOf(from(true, undefined), undefined, 9443), 'https://localhost:9443');
  });
});
