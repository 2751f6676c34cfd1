import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStage, PASSWORD } from './fixture.ts';
import { populate } from './populate.ts';
import { chooseEnvironment, steps } from './steps.ts';
import { OBSERVE_SHIFT } from './timings.ts';

test('an admin finds in the audit log who did what', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { environmentIds } = await populate(stage);
  const { admin } = stage;
  // More than one page of events, each an act with a name to find it by.
  for (let i = 0; i < 60; i += 1) {
    await admin.call('teams.create', { body: { name: `crew-${i}` } });
  }
  const page = await stage.window({ as: 'admin' });
  const step = steps(t);
  const parameter = (name: string) => new URL(page.url()).searchParams.get(name);
  const rows = () => page.getByRole('row').count();

  await step('the newest stand first, and older ones come when asked for', async () => {
    await page.getByRole('link', { name: 'Audit' }).click();
    await page
      .getByRole('row', { name: /create teams/ })
      .first()
      .waitFor();
    assert.equal(await rows(), 51);
    await page.getByRole('button', { name: 'Load older' }).click();
    await page.getByRole('row').nth(52).waitFor();
    assert.ok((await rows()) > 51);
  });

  await step('the list stands before the bars, which move nothing when they come', async () => {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 360, height: 740 },
    ]) {
      const storageState = await page.context().storageState();
      const other = await stage.window({ storageState, viewport });
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await other.route('**/api/audit/histogram*', async (route) => {
        await held;
        await route.continue();
      });
      await other.addInitScript(OBSERVE_SHIFT);
      await other.goto('/audit');
      const first = other.getByRole('row', { name: /create teams/ }).first();
      await first.waitFor();
      const bars = other.getByRole('listbox', { name: 'Times to choose from' });
      assert.equal(await bars.count(), 0);
      const before = await first.boundingBox();
      const shiftBefore = await other.evaluate('globalThis.shift');
      release();
      await bars.waitFor();
      assert.deepEqual(await first.boundingBox(), before, `${viewport.width} px`);
      assert.equal(await other.evaluate('globalThis.shift'), shiftBefore);
      await bars.press('ArrowLeft');
      await other.getByText('Press to see only these.').waitFor();
      assert.deepEqual(await first.boundingBox(), before, 'nor do their words');
      await other.context().close();
    }
  });

  await step('filters are kept in the address bar', async () => {
    await page.getByLabel('Resource').fill('grants');
    await page.getByRole('row', { name: /teams/ }).first().waitFor({ state: 'detached' });
    assert.equal(parameter('resource'), 'grants');
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('Verb').fill('create');
    await page.waitForURL(/verb=create/);
    await page.reload();
    await page
      .getByRole('row', { name: /create grants/ })
      .first()
      .waitFor();
    assert.equal(await page.getByLabel('Resource').inputValue(), 'grants');
    await page.getByLabel('Who').fill('dana');
    await page.getByRole('heading', { name: 'No event matches' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page
      .getByRole('row', { name: /create teams/ })
      .first()
      .waitFor();
    assert.equal(new URL(page.url()).search, '');
  });

  await step('by environment, answer and time as well', async () => {
    await chooseEnvironment(page, 'Environment', 'staging');
    await page.waitForURL(new RegExp(`environmentId=${environmentIds[3]}`));
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Answer').selectOption('4xx');
    await page.waitForURL(/status=4xx/);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Until').fill('2001-01-01T00:00');
    await page.getByRole('heading', { name: 'No event matches' }).waitFor();
    assert.match(parameter('to') ?? '', /^(2000|2001)-.*Z$/);
    await page.getByRole('button', { name: 'Clear filters' }).click();
  });

  await step('the bars choose a time, by the keyboard too, and a table says the same', async () => {
    const bars = page.getByRole('listbox', { name: 'Times to choose from' });
    await bars.focus();
    await page.keyboard.press('End');
    await page.getByText(/: \d+ events?.*Press to see only these/).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=.*to=/);
    await page.getByText('As a table').click();
    await page.getByRole('table', { name: 'Events over time' }).getByRole('row').nth(1).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await bars.getByRole('option').first().click();
    await page.waitForURL(/from=.*to=/);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page
      .getByRole('row', { name: /create teams/ })
      .first()
      .waitFor();
    await page.getByText('As a table').click();
  });

  await step('one event is opened by the keyboard, and Escape gives the focus back', async () => {
    const first = page.getByRole('button', { name: /create teams/ }).first();
    await first.focus();
    await page.keyboard.press('Enter');
    const detail = page.getByRole('dialog');
    await detail.getByText('Request ID').waitFor();
    await detail.getByText('POST /api/teams').waitFor();
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
    assert.match(await page.evaluate('document.activeElement.textContent'), /^create teams/);
  });

  await step('what matches is exported', async () => {
    await page.getByLabel('Resource').fill('grants');
    await page.waitForURL(/resource=grants/);
    assert.match(await exported(page, 'CSV', stage.folder), /grants/);
    const lines = (await exported(page, 'JSON lines', stage.folder)).trim().split('\n');
    for (const line of lines) assert.equal(JSON.parse(line).kind, 'Event');
    await page.getByRole('button', { name: 'Clear filters' }).click();
  });

  await step('while it is live, new events come by themselves, each once', async () => {
    await page.getByRole('switch', { name: 'Live' }).check({ force: true });
    await admin.call('users.create', { body: { username: 'newcomer', password: PASSWORD } });
    await page.getByRole('row').nth(1).getByText('create users').waitFor();
    const count = await rows();
    await admin.call('users.create', { body: { username: 'another', password: PASSWORD } });
    await page.getByRole('row').nth(count).waitFor();
    assert.equal(await rows(), count + 1);
  });

  await step('it is no page for others', async () => {
    const theirs = await stage.window({ as: 'dana' });
    await theirs.goto('/audit');
    await theirs.getByRole('heading', { name: 'Home' }).waitFor();
  });

  assert.deepEqual(stage.complaints(), []);
});

async function exported(page: Page, link: string, folder: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link }).click(),
  ]);
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return readFileSync(file, 'utf8');
}
