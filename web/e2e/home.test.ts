import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { parse } from 'yaml';
import { axeViolations } from './axe.ts';
import { openStage } from './fixture.ts';
import { addMany } from './many.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';
import { timeOf } from './timings.ts';

test('Home is filtered and sorted, and the address keeps how', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const step = steps(t);
  const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

  await step('by label, then by another one as well', async () => {
    await page.getByText('4 environments', { exact: true }).waitFor();
    await page.getByRole('combobox', { name: 'Label' }).selectOption('env=prod');
    await page.getByText('2 of 4 environments').waitFor();
    await page.getByRole('combobox', { name: 'Label' }).selectOption('region=us-east-1');
    await page.getByText('1 of 4 environments').waitFor();
    assert.deepEqual(await names(page, 1), ['production-us']);
    assert.equal(parameter('label'), 'env=prod,region=us-east-1');
  });

  await step('a reload shows the same, and a label can be let go', async () => {
    await page.reload();
    await page.getByText('1 of 4 environments').waitFor();
    await page.getByRole('button', { name: 'Remove the filter region=us-east-1' }).click();
    await page.getByText('2 of 4 environments').waitFor();
    assert.equal(parameter('label'), 'env=prod');
  });

  await step('by state, with a way back where nothing is left', async () => {
    await page.getByRole('combobox', { name: 'State' }).selectOption('down');
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    assert.equal(parameter('state'), 'down');
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('4 environments', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '');
  });

  await step('sorted with the keyboard alone', async () => {
    await page.getByRole('combobox', { name: 'Order' }).focus();
    await page.keyboard.type('Name, Z');
    await page.waitForURL(/sort=-name/);
    await page.getByRole('row').nth(1).getByText('staging').first().waitFor();
    assert.deepEqual(await names(page, 4), [
      'staging',
      'production-us',
      'production-eu',
      'build farm',
    ]);
  });

  await step('asking for the states again changes nothing that one sees', async () => {
    // The size of a new environment's cluster is read a while after it was added.
    await page
      .getByText(/^\d+ nodes?$/)
      .nth(3)
      .waitFor();
    await page.evaluate(`{
      globalThis.changes = 0;
      new MutationObserver((records) => { globalThis.changes += records.length; })
        .observe(document.querySelector('#content'), { childList: true, subtree: true });
    }`);
    await page.waitForResponse((response) => response.url().includes('/api/environments'));
    await page.waitForResponse((response) => response.url().includes('/api/environments'));
    assert.equal(await page.evaluate('globalThis.changes'), 0);
  });

  assert.deepEqual(stage.complaints(), []);
});

test('Home holds a thousand environments, of which none answers', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await stage.setUp();
  await addMany(stage, { environments: 1000, users: 0, teams: 0 });
  const page = await stage.window({ as: 'admin' });

  const { usable, shift, elements } = await timeOf(stage, page, '/', async (cold) => {
    await cold.getByText('1000 environments').waitFor();
    await cold.getByRole('row', { name: /cluster 1\b/ }).waitFor();
  });
  t.diagnostic(`usable after ${Math.round(usable)} ms, ${elements} elements, shift ${shift}`);
  assert.ok(elements < 3_000, `${elements} elements: what is not shown is not drawn`);
  assert.ok(shift < 0.1, `${shift}: what stands there does not jump`);

  await page.getByText('1000 environments').waitFor();
  assert.equal((await names(page, 50)).length, 50);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('51–100 of 1000').waitFor();
  await page.getByRole('row', { name: /cluster 51\b/ }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('page'), '2');
  assert.deepEqual(await axeViolations(page), []);
  await page.getByLabel('Search by name or label').fill('cluster 777');
  await page.getByText('1 of 1000 environments').waitFor();
  assert.deepEqual(await names(page, 1), ['cluster 777']);
  await page.getByRole('row', { name: /edit in team-a, team-b; view everywhere/ }).waitFor();
  await page.goto('/?page=99');
  await page.getByText('951–1000 of 1000').waitFor();
  await pickAmongMany(page);
  assert.deepEqual(stage.complaints(), []);
});

/** Ticks over several pages and a search of the Kubeconfig dialog; each stays ticked. */
async function pickAmongMany(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Kubeconfig', exact: true }).click();
  await dialog.getByText('0 of 1000 selected').waitFor();
  await dialog.getByLabel('cluster 1', { exact: true }).check();
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByLabel('Select all shown (50)').waitFor();
  await dialog.getByLabel('cluster 51', { exact: true }).check();
  await dialog.getByLabel('Search environments').fill('env=prod region=eu');
  await dialog.getByRole('button', { name: 'Select all 84 that match' }).click();
  // Cluster 1 is one of them, cluster 51 is not.
  await dialog.getByText('85 of 1000 selected').waitFor();
  await dialog.getByLabel('Select all shown (50)').uncheck();
  await dialog.getByText('35 of 1000 selected').waitFor();
  await dialog.getByLabel('Search environments').fill('');
  await dialog.getByRole('button', { name: 'Select all 1000' }).click();
  await dialog.getByText('1000 of 1000 selected').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Download File' }).click(),
  ]);
  const { contexts } = parse(readFileSync(await download.path(), 'utf8')) as {
    contexts: ReadonlyArray<{ readonly name: string }>;
  };
  assert.equal(new Set(contexts.map(({ name }) => name)).size, 1000);
}

/** The names in the rows, from top to bottom, once there are so many: the rows may follow the count. */
async function names(page: Page, count: number): Promise<string[]> {
  const headers = page.getByRole('rowheader');
  await headers.nth(count - 1).waitFor();
  await headers.nth(count).waitFor({ state: 'detached' });
  const cells = await headers.all();
  const texts = await Promise.all(cells.map((cell) => cell.innerText()));
  return texts.map((text) => text.split('\n')[0]?.trim() ?? '');
}
