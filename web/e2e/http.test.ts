import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage, signIn } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('over plain HTTP there is no Kubeconfig button, and a hint says why', async (t) => {
  const stage = await openStage(t, { serverArgs: ['--http-port', '0'] });
  if (!stage) return;
  await populate(stage);
  const { httpUrl, url } = stage.server;
  assert.ok(httpUrl);
  const page = await stage.window({ baseURL: httpUrl });
  const step = steps(t);

  await step('a person signs in and sees the environments', async () => {
    await page.goto('/');
    await signIn(page, 'admin');
    await page.getByRole('row', { name: /staging/ }).waitFor();
  });

  await step('the hint stands in place of the button', async () => {
    await page.getByText('Kubeconfigs are given out over HTTPS only').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Kubeconfig', exact: true }).count(), 0);
  });

  await step('the same person over HTTPS has the button', async () => {
    const secure = await stage.window({ baseURL: url, as: 'admin' });
    await secure.getByRole('button', { name: 'Kubeconfig', exact: true }).waitFor();
  });

  assert.deepEqual(stage.complaints(), []);
});
