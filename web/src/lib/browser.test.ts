import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserInWords } from './browser.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test('a browser is named with the system it runs on', () => {
  for (const [userAgent, words] of [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
      'Chrome on Windows',
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/140.0 Mobile/15E148 Safari/604.1',
      'Chrome on iOS',
    ],
  ] as const) {
    assert.equal(browserInWords(userAgent), words);
  }
});

test('what is no browser is called what it calls itself', () => {
  assert.equal(browserInWords('curl/8.5.0'), 'curl');
  assert.equal(browserInWords('a very strange client'), 'a');
  assert.equal(browserInWords(''), 'A client without a name');
  assert.equal(browserInWords('x'.repeat(200)).length, 40);
});
