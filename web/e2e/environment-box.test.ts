import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { addMany } from './many.ts';
import { steps } from './steps.ts';

test('one of very many environments is chosen with the keyboard alone', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await stage.setUp();
  await addMany(stage, { environments: 120, users: 1, teams: 1 });
  const page = await stage.window({ as: 'admin' });
  const box = page.getByRole('combobox', { name: 'Environment' });
  const list = page.getByRole('listbox', { name: 'Environments' });
  const options = list.getByRole('option');
  const step = steps(t);
  const chosenInAddress = () => new URL(page.url()).searchParams.get('environmentId');
  const isOpen = () => box.getAttribute('aria-expanded');

  await step('nothing is asked of the server before the list is opened', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto('/audit');
    await page.getByRole('row', { name: /login auth/ }).waitFor();
    assert.deepEqual(
      asked.filter((path) => path.startsWith('/api/environments')),
      [],
    );
  });

  await step('the first are offered below “All”, and how many more there are is said', async () => {
    await box.focus();
    assert.equal(await isOpen(), 'false');
    await page.keyboard.press('ArrowDown');
    await page.getByText('70 more: type to find them.').waitFor();
    assert.equal(await options.count(), 51);
    assert.equal(await options.first().textContent(), 'All');
  });

  await step('Escape and leaving the box choose nothing', async () => {
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    assert.equal(await isOpen(), 'false');
    await page.keyboard.type('cluster');
    await page
      .getByRole('option', { name: /cluster/ })
      .first()
      .waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await isOpen(), 'false');
    assert.equal(await box.inputValue(), 'All');
    assert.equal(chosenInAddress(), null);
  });

  await step('what was typed is chosen by Enter, however soon it is pressed', async () => {
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('cluster 117');
    await page.keyboard.press('Enter');
    await page.waitForURL(/environmentId=\d/);
    assert.match(await box.inputValue(), /cluster 117/);
    assert.equal(await isOpen(), 'false');
  });

  await step('what is typed next is a new search, and the arrows move the choice', async () => {
    const before = chosenInAddress();
    await page.keyboard.type('cluster 11');
    await list.getByRole('option', { name: /cluster 119/ }).waitFor();
    await page.keyboard.press('PageDown');
    assert.equal(
      await list.getByRole('option', { selected: true }).getAttribute('id'),
      await box.getAttribute('aria-activedescendant'),
    );
    await page.keyboard.press('Enter');
    await page.waitForURL(({ searchParams }) => searchParams.get('environmentId') !== before);
    assert.match(await box.inputValue(), /cluster 11/);
  });

  await step('its name is there after a reload, and “All” takes it away', async () => {
    const name = await box.inputValue();
    await page.reload();
    await page.locator(`#audit-environment[value="${name}"]`).waitFor();
    await box.press('ArrowDown');
    await list.getByRole('option', { name: 'All', exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(({ searchParams }) => !searchParams.has('environmentId'));
    assert.equal(await box.inputValue(), 'All');
  });

  await step('one that is gone is named by its number', async () => {
    await page.goto('/audit?environmentId=99999');
    await page.locator('#audit-environment[value="Environment 99999"]').waitFor();
  });

  assert.deepEqual(stage.complaints(), []);
});
