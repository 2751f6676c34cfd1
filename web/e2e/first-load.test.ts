import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage, signIn } from './fixture.ts';
import { populate } from './populate.ts';

/** What sign-in and Home may weigh together, as it comes over the wire. */
const BUDGET_BYTES = 250_000;

test('sign-in and Home load less than 250 KB, from nowhere but Sallyport', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const page = await stage.window();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const origins = new Set<string>();
  const urls = new Map<string, string>();
  let bytes = 0;
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => {
    urls.set(requestId, request.url);
    if (request.url.startsWith('http')) origins.add(new URL(request.url).origin);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!urls.get(requestId)?.includes('/api/')) bytes += encodedDataLength;
  });

  await page.goto('/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signIn(page, 'admin');
  await page.getByRole('row', { name: /staging/ }).waitFor();

  t.diagnostic(`${Math.round(bytes / 1000)} KB over the wire`);
  assert.ok(bytes > 0 && bytes < BUDGET_BYTES, `${bytes} bytes`);
  assert.deepEqual([...origins], [stage.server.url]);
  assert.deepEqual(stage.complaints(), []);
});
