import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('a cluster that does not answer holds up nothing on the page', async (t) => {
  const stage = await openStage(t, { ownCluster: true });
  if (!stage) return;
  await populate(stage);
  // Connections open, and no answer ever comes: worse than a refusal.
  await stage.lab.pauseApiServer();
  stage.defer(() => stage.lab.resumeApiServer());
  const page = await stage.window({ as: 'admin' });
  const step = steps(t);

  await step('Home lists it all the same', async () => {
    await page.getByRole('row', { name: /staging/ }).waitFor();
  });

  await step('a kubeconfig for it is made all the same', async () => {
    await page.getByRole('button', { name: 'Kubeconfig', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('staging').check();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download File' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /\.yaml$/);
    await dialog.getByRole('button', { name: 'Done' }).click();
  });

  await step('a check says in words that it does not answer', async () => {
    await page.getByRole('link', { name: 'Environments' }).click();
    await page.getByRole('button', { name: 'What to do with staging' }).click();
    await page.getByRole('menuitem', { name: 'Check again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByRole('alert')
      .getByText('Sallyport cannot reach')
      .waitFor({ timeout: 240_000 });
    await dialog.getByRole('button', { name: 'Done' }).click();
  });

  await step('its row turns to down by itself, with the reason', async () => {
    await page.getByRole('link', { name: 'Home' }).click();
    const row = page.getByRole('row', { name: /staging/ });
    await row.getByText('Down').waitFor({ timeout: 240_000 });
  });

  assert.deepEqual(stage.complaints(), []);
});
