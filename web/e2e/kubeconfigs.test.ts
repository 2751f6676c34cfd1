import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { chooseEnvironment, steps } from './steps.ts';

test('kubeconfigs are renewed, renamed and taken back on their pages', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { danaId } = await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const step = steps(t);
  const row = (text: string | RegExp) => page.getByRole('row').filter({ hasText: text });

  await step('Home says that one is about to end, and leads to it', async () => {
    await page.getByText(/^Your kubeconfig workshop ends in \d/).waitFor();
    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('heading', { name: 'My kubeconfigs' }).waitFor();
    await row('workshop').getByText('Ends soon').waitFor();
    await row('laptop').waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('State').inputValue(), 'expiring');
  });

  await step('a renewal says until when the old file works, and saves a new one', async () => {
    await choose(page, 'workshop', 'Renew');
    await dialog.getByText(/^Until .* at \d\d:\d\d\.$/).waitFor();
    await dialog.getByLabel('The old file stays good').selectOption('For 7 days');
    await dialog.getByText(/when it would have ended anyway/).waitFor();
    await dialog.getByLabel('The old file stays good').selectOption('For 1 hour');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download File' }).click(),
    ]);
    const path = join(stage.folder, 'renewed.yaml');
    await download.saveAs(path);
    const { code } = await stage.kubectl(path, 'get', 'configmaps', '-n', 'default');
    assert.equal(code, 0);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Nothing matches').waitFor();
    await page.getByLabel('State').selectOption('Any');
    await row('workshop').filter({ hasText: 'Renewed' }).getByText('old file ends').waitFor();
    await row('workshop').filter({ hasText: 'Good' }).waitFor();
  });

  await step('what was renewed or revoked is not renewed again', async () => {
    await row('workshop')
      .filter({ hasText: 'Renewed' })
      .getByRole('button', { name: 'What to do with workshop' })
      .click();
    assert.deepEqual(await acts(page), ['Rename', 'Revoke']);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'What to do with pipeline' }).click();
    assert.deepEqual(await acts(page), ['Rename']);
    await page.keyboard.press('Escape');
  });

  await step('a name is changed in the list', async () => {
    await choose(page, 'laptop', 'Rename');
    await dialog.getByLabel('Name').fill('old laptop');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await row('old laptop').waitFor();
  });

  await step('an admin finds the files of everybody by user, environment and state', async () => {
    await page.getByRole('link', { name: 'Users' }).click();
    await choose(page, 'dana', 'Show kubeconfigs');
    await page.getByRole('heading', { name: 'All kubeconfigs' }).waitFor();
    assert.equal(await page.getByLabel('User', { exact: true }).inputValue(), 'dana');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await row('old laptop').getByText('admin').waitFor();
    await chooseEnvironment(page, 'Reaches', 'build farm');
    await page.getByText('Nothing matches').waitFor();
    await chooseEnvironment(page, 'Reaches', 'staging');
    await page.getByLabel('State').selectOption('Revoked');
    await row('pipeline').waitFor();
    await row('old laptop').waitFor({ state: 'detached' });
    assert.match(page.url(), /environmentId=\d+/);
    await page.reload();
    await row('pipeline').waitFor();
  });

  await step('taking back all that reach an environment says first what stops', async () => {
    // A use is written a second later. The laptop's is that of the watch which populate left open.
    const used = async () =>
      (await stage.admin.call('kubeconfigs.list')).items.filter(({ lastUsedAt }) => lastUsedAt);
    while ((await used()).length < 2) await page.waitForTimeout(50);
    await page.getByLabel('State').selectOption('Any');
    await page.getByRole('button', { name: 'Revoke all kubeconfigs that reach staging' }).click();
    await dialog.getByText('3 kubeconfigs, for 3 environments, stop working.').waitFor();
    await dialog.getByText('2 of them were used within the last day:').waitFor();
    await dialog.getByText('workshop of admin').waitFor();
    await dialog.getByRole('button', { name: 'Revoke 3 kubeconfigs' }).click();
    await page.getByText('3 kubeconfigs revoked.').waitFor();
    await row('Revoked').nth(3).waitFor();
    assert.equal(await row('Revoked').count(), 4);
    const path = join(stage.folder, 'renewed.yaml');
    const { stderr } = await stage.kubectl(path, 'get', 'configmaps', '-n', 'default');
    assert.match(stderr, /This kubeconfig was revoked at/);
  });

  await step('the settings offer no default that is longer than the longest', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    const longest = page.getByLabel('Longest that may be asked for');
    await longest.selectOption('7 days');
    await page.getByText('The default above is longer than this.').waitFor();
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page
      .getByRole('alert')
      .getByText('The default expiry, 30 days, is longer than the longest that may be asked for')
      .waitFor();
    await longest.selectOption('1 year');
    await page.getByLabel('Domain of environments').fill('gate.example');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByRole('alert').getByText('is not for environment-1.gate.example').waitFor();
    await page.getByLabel('Domain of environments').fill('sallyport.internal');
    await page.getByLabel('Live kubeconfigs of one user').fill('2');
    await page.getByLabel('Ends when unused for').selectOption('30 days');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('The settings are saved.').waitFor();
  });

  await step('the dialog offers up to the longest, and says when there are too many', async () => {
    for (let i = 0; i < 3; i += 1) {
      await page.getByRole('link', { name: 'Home' }).click();
      await page.getByRole('button', { name: 'Kubeconfig', exact: true }).click();
      await dialog.getByLabel('staging').check();
      await dialog.getByLabel('Expiry').selectOption('1 year');
      await dialog.getByText(/^Expires in 1 year, on /).waitFor();
      await dialog.getByRole('button', { name: 'Download File' }).click();
      if (i < 2) await dialog.getByRole('button', { name: 'Done' }).click();
    }
    const alert = dialog.getByRole('alert');
    await alert.getByText('A user may hold 2 live kubeconfigs at the most here.').waitFor();
    await alert.getByText('Revoke one that is no longer needed').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('link', { name: 'My kubeconfigs' }).click();
    await row('staging').getByText('unused, ends').first().waitFor();
  });

  await step('all of one’s own are taken back at once', async () => {
    await page.getByRole('button', { name: 'Revoke all' }).click();
    await dialog.getByText('2 kubeconfigs, for 1 environment, stop working.').waitFor();
    await dialog.getByRole('button', { name: 'Revoke 2 kubeconfigs' }).click();
    await page.getByText('2 kubeconfigs revoked.').waitFor();
  });

  await step('a reset password takes the user’s files back where the admin ticks it', async () => {
    const dana = stage.server.person();
    stage.defer(() => dana.close());
    const credentials = { username: 'dana', password: 'correct horse battery staple' };
    await dana.call('auth.login', { body: credentials });
    await dana.call('kubeconfigs.download');
    await page.getByRole('link', { name: 'Users' }).click();
    await choose(page, 'dana', 'Reset password');
    await dialog.getByLabel('New password').fill('another long password');
    await dialog.getByLabel('Revoke all their kubeconfigs and API tokens too').check();
    await dialog.getByRole('button', { name: 'Reset password' }).click();
    await page.getByText('The password of dana is reset.').waitFor();
    const { items } = await stage.admin.call('kubeconfigs.list', { query: { userId: danaId } });
    assert.deepEqual(
      items.map(({ state }) => state),
      ['revoked'],
    );
  });

  assert.deepEqual(stage.complaints(), []);
});

async function choose(page: Page, rowName: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `What to do with ${rowName}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

async function acts(page: Page): Promise<string[]> {
  const items: Locator = page.getByRole('menuitem');
  await items.first().waitFor();
  return items.allTextContents();
}
