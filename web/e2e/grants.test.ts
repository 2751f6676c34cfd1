import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { chooseEnvironment, steps } from './steps.ts';

test('an admin grants by label, finds grants again, and explains them', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { danaId } = await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const step = steps(t);

  await step('what a grant by label would reach is shown while it is filled in', async () => {
    await page.goto('/grants');
    await page.getByRole('button', { name: 'Add grant' }).click();
    await dialog.getByRole('radio', { name: 'dana' }).check();
    await dialog.getByRole('radio', { name: 'Those with certain labels' }).check();
    const labels = dialog.getByLabel('Labels of the environments');
    await labels.fill('env in (staging');
    await dialog.getByText('The selector ends where').waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Add grant' }).isDisabled(), true);
    await labels.fill('env in (staging)');
    await dialog.getByText('1 environment: staging').waitFor();
    await dialog.getByText('1 person: dana').waitFor();
    await dialog.getByRole('radio', { name: 'Namespaces with certain labels' }).check();
    await dialog
      .getByLabel('Labels of the namespaces')
      .fill('kubernetes.io/metadata.name in (payments,checkout)');
    await dialog.getByText('In staging: checkout, payments').waitFor();
  });

  await step('it is listed with its note, and the cluster has it', async () => {
    await dialog.getByLabel('Note').fill('on call in december');
    await dialog.getByRole('button', { name: 'Add grant' }).click();
    const row = page.getByRole('row', { name: /on call in december/ });
    await row.getByText('environments with env=staging').waitFor();
    await row.getByText('in force').waitFor();
  });

  await step('the same again is refused, and says what to do', async () => {
    await page.getByRole('button', { name: 'Add grant' }).click();
    await dialog.getByRole('radio', { name: 'viewer' }).check();
    for (const name of ['production-eu', 'production-us', 'staging']) {
      await dialog.getByRole('checkbox', { name }).check();
    }
    await dialog.getByRole('button', { name: 'Add grant' }).click();
    await dialog.getByText('says the same already.').waitFor();
    await dialog.getByText('Change its end or its note instead.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await step('its end and its note can be changed', async () => {
    await page.getByLabel('Search grants').fill('december');
    await page.getByRole('row', { name: /viewer/ }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^What to do with the grant/ }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await dialog.getByLabel('Note').fill('on call until the end of december');
    await dialog.getByLabel('Until').fill('2099-12-31T18:00');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('row', { name: /until the end of december/ });
    await row.getByText('31 December 2099').waitFor();
  });

  await step('filters stand in the address, and a name shows its grants only', async () => {
    await page.goto('/grants');
    await page.getByLabel('Role').selectOption('edit');
    await page.getByRole('row', { name: /viewer/ }).waitFor({ state: 'detached' });
    assert.match(page.url(), /roleId=\d/);
    await page.getByRole('button', { name: 'Team payments' }).click();
    await page.getByRole('button', { name: 'No longer only payments' }).waitFor();
    assert.match(page.url(), /teamId=\d/);
    await page.reload();
    await page.getByRole('row', { name: /Team payments/ }).waitFor();
    assert.equal(await page.getByRole('row').count(), 2);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('row', { name: /viewer/ }).waitFor();
  });

  await step('the explorer says what dana can do, and by which grant', async () => {
    await page.getByRole('link', { name: 'Access', exact: true }).click();
    // A click, since it is the address that ticks it.
    await page.getByRole('radio', { name: 'dana' }).click();
    await page.getByText('dana is in payments.').waitFor();
    await chooseEnvironment(page, 'Environment', 'staging');
    const byLabel = page.getByRole('row', { name: /until the end of december/ });
    await byLabel.getByText('now checkout, payments').waitFor();
    await byLabel.getByText('In force').waitFor();
    await page.getByRole('row', { name: /through team payments/ }).waitFor();
    await page.getByText('Whom the cluster sees').click();
    await page.getByText('sallyport:role:edit:ns:payments', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('userId'), String(danaId));
  });

  await step('as a file that an auditor can read', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download text' }).click();
    const file = join(stage.folder, 'report.txt');
    await (await download).saveAs(file);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /^What dana can do\n/);
    assert.match(text, /Note: on call until the end of december/);
  });

  await step('and who can reach a namespace', async () => {
    await page.getByRole('radio', { name: 'Who can reach a namespace?' }).click();
    await page.getByLabel('Namespace', { exact: true }).fill('payments');
    await page.getByText('Who can reach payments').waitFor();
    await page.getByRole('heading', { name: 'dana' }).waitFor();
    await page.getByRole('heading', { name: 'viewer' }).waitFor();
  });

  await step('several grants are ended at once', async () => {
    await page.goto('/grants?q=dana');
    await page.getByRole('row', { name: /december/ }).waitFor();
    await page.getByLabel('Select all on this page').check();
    await page.getByRole('button', { name: 'End selected' }).click();
    await dialog.getByRole('button', { name: 'End them' }).click();
    await page.getByText('1 grant ended.').waitFor();
    await page.getByText('Nothing matches “dana”').waitFor();
  });

  assert.deepEqual(
    stage.complaints().filter((complaint) => !complaint.includes('409')),
    [],
  );
});
