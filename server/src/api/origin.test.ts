import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Provenance, requireSameOrigin } from './origin.ts';

const own: Provenance = {
  method: 'POST',
  origin: 'https://gate.example:9443',
  fetchSite: 'same-origin',
  host: 'gate.example:9443',
  secure: true,
};
const refused = { code: 'request.cross_origin' };

describe('a request that rides on the session cookie', () => {
  it('passes from the page that Sallyport serves', () => {
    requireSameOrigin(own, false);
  });

  it('passes without Origin, since only browsers have one', () => {
    requireSameOrigin({ ...own, origin: undefined, fetchSite: undefined }, false);
  });

  it('is refused from another host, port or scheme', () => {
    for (const origin of [
      'https://evil.example',
      'https://gate.example',
      'http://gate.example:9443',
      'null',
      'https://gate.example:9443.evil.example',
    ]) {
      assert.throws(
        () => requireSameOrigin({ ...own, origin, fetchSite: undefined }, false),
        refused,
      );
    }
  });

  it('is refused when the browser says that another site made it', () => {
    for (const fetchSite of ['cross-site', 'same-site']) {
      assert.throws(
        () => requireSameOrigin({ ...own, origin: undefined, fetchSite }, false),
        refused,
      );
    }
  });

  it('is refused when the host is unknown', () => {
    assert.throws(() => requireSameOrigin({ ...own, host: undefined }, false), refused);
  });

  it('may read from anywhere, except where a GET issues something', () => {
    const link = { ...own, method: 'GET', origin: undefined, fetchSite: 'cross-site' };
    requireSameOrigin(link, false);
    assert.throws(() => requireSameOrigin(link, true), refused);
  });
});
