import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage, signIn } from './fixture.ts';
import { populate } from './populate.ts';

test('a browser speaks HTTP/2 with the page, the API and the proxy, many at once on one connection', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const page = await stage.window();
  await page.goto('/');
  await signIn(page, 'admin');
  await page.getByRole('row', { name: /staging/ }).waitFor();

  const seen = await page.evaluate(async () => {
    performance.setResourceTimingBufferSize(1_000);
    const paths = ['/api/users', '/api/endpoints/1/kubernetes/api', '/manifest.webmanifest'];
    const asked = Array.from({ length: 120 }, (_, i) => paths[i % paths.length] ?? '');
    // Some are given up as soon as they are asked.
    const given = asked.map((path, i) => {
      const abort = new AbortController();
      const answer = fetch(path, { signal: abort.signal, headers: { 'x-padding': 'p'.repeat(i) } });
      if (i % 10 === 9) abort.abort();
      return answer.then(
        async (response) => ({ status: response.status, length: (await response.text()).length }),
        (error: Error) => ({ status: 0, length: error.name.length }),
      );
    });
    const answers = await Promise.all(given);
    const upload = await fetch('/api/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'x'.repeat(1_000_000) }),
    });
    const protocols = performance
      .getEntriesByType('resource')
      .map((entry): string => entry.toJSON().nextHopProtocol);
    return { answers, uploaded: upload.status, protocols };
  });

  for (const [i, { status }] of seen.answers.entries()) {
    if (i % 10 === 9) assert.equal(status, 0);
    else if (i % 3 === 1) assert.equal(status, 401, 'a browser has no credential for the proxy');
    else assert.ok(status === 200 || (i % 3 === 2 && status === 404), `${i}: ${status}`);
  }
  assert.equal(seen.uploaded, 400, 'a body of a megabyte is read, and refused for what it says');
  assert.deepEqual([...new Set(seen.protocols.filter(Boolean))], ['h2']);
});
