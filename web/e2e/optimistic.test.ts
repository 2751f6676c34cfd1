import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('what one changes is shown at once, and put back where the server refuses', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { environmentIds } = await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const alert = page.getByRole('alert');
  const step = steps(t);
  const row = (text: string) => page.getByRole('row').filter({ hasText: text });

  await step('a new name stands in the list before the server has said anything', async () => {
    const release = await hold(page, 'PATCH');
    await page.getByRole('link', { name: 'My kubeconfigs' }).click();
    await choose(page, 'laptop', 'Rename');
    await dialog.getByLabel('Name').fill('notebook');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('notebook').waitFor();
    const { items } = await stage.admin.call('kubeconfigs.list');
    assert.ok(items.some(({ name }) => name === 'laptop'));
    await release();
    await page.getByText('laptop is called notebook now.').waitFor();
  });

  await step('what a body lacks is said in the dialog, and nothing is shown', async () => {
    await choose(page, 'notebook', 'Rename');
    await dialog.getByLabel('Name').fill('x'.repeat(101));
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await dialog.getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await row('notebook').waitFor();
  });

  await step('a name that is taken goes back to what it was, and the reason is told', async () => {
    await page.getByRole('link', { name: 'Environments', exact: true }).click();
    await choose(page, 'staging', 'Edit');
    await dialog.getByLabel('Name').fill('build farm');
    await dialog.getByLabel('Labels').fill('env=other');
    const release = await hold(page, 'PATCH');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('envother').waitFor();
    await release();
    await alert.getByText(/^Nothing was changed\. .*build farm/).waitFor();
    await row('staging').waitFor();
    assert.equal(await row('envother').count(), 0);
  });

  await step(
    'the same can be tried again, and goes through once nothing stands against it',
    async () => {
      const [buildFarm = 0] = environmentIds;
      await stage.admin.call('environments.update', {
        params: { id: buildFarm },
        body: { name: 'old build farm' },
      });
      await alert.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('build farm is changed.').waitFor();
      await alert.waitFor({ state: 'detached' });
      await row('old build farm').waitFor();
    },
  );

  await step('a row that was taken away comes back', async () => {
    await page.getByRole('link', { name: 'Teams' }).click();
    await row('payments').waitFor();
    const { items } = await stage.admin.call('teams.list');
    await stage.admin.call('teams.create', { body: { name: 'others' } });
    await choose(page, 'payments', 'Delete');
    // The server is gone for a moment.
    await page.route('**/api/teams/*', (route) =>
      route.request().method() === 'DELETE' ? route.abort() : route.continue(),
    );
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await alert.getByText(/^That may not have been done\. No answer/).waitFor();
    await row('payments').waitFor();
    await page.unroute('**/api/teams/*');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await row('payments').waitFor({ state: 'detached' });
    await row('others').waitFor();
    const left = await stage.admin.call('teams.list');
    assert.equal(left.total, items.length);
  });

  const complaints = stage.complaints().filter((text) => !text.includes('ERR_FAILED'));
  assert.deepEqual(complaints, []);
});

async function choose(page: Page, name: string, act: string): Promise<void> {
  await page.getByRole('button', { name: `What to do with ${name}` }).click();
  await page.getByRole('menuitem', { name: act }).click();
}

/** Holds requests of a method back until it is called. */
async function hold(page: Page, method: string): Promise<() => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route('**/api/**', async (route) => {
    if (route.request().method() === method) await promise;
    await route.continue();
  });
  return async () => {
    resolve();
    await page.unrouteAll({ behavior: 'wait' });
  };
}
