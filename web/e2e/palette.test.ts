import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('the command palette does everything with the keyboard alone', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const page = await stage.window({ as: 'admin', colorScheme: 'light' });
  const box = page.getByRole('combobox', { name: 'What to do' });
  const step = steps(t);

  await step('it opens by Ctrl-K, goes to a page, and the page has the focus', async () => {
    await page.keyboard.press('Control+k');
    await box.waitFor();
    await page.keyboard.type('gran');
    await page.getByRole('option', { name: 'Go to Grants', selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Grants' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/grants');
    await box.waitFor({ state: 'detached' });
    await page.waitForFunction("document.activeElement.id === 'content'");
  });

  await step('the arrows move the choice, round the ends as well', async () => {
    await page.keyboard.press('Meta+k');
    await page.getByRole('option', { name: 'Download a kubeconfig', selected: true }).waitFor();
    await page.keyboard.press('ArrowUp');
    await page.getByRole('option', { name: 'Sign out', selected: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { name: 'Go to Home', selected: true }).waitFor();
    const active = await box.getAttribute('aria-activedescendant');
    // The page below has choices of its own.
    const selected = await page
      .getByRole('listbox')
      .getByRole('option', { selected: true })
      .getAttribute('id');
    assert.equal(active, selected);
  });

  await step('Escape closes it and gives the focus back', async () => {
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Commands' }).focus();
    await page.keyboard.press('Enter');
    await box.waitFor();
    await page.keyboard.type('no such thing');
    await page.getByText('Nothing is called “no such thing”.').waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'detached' });
    assert.equal(
      await page.evaluate(
        'document.activeElement.ariaKeyShortcuts ?? document.activeElement.getAttribute("aria-keyshortcuts")',
      ),
      'Control+K Meta+K',
    );
  });

  await step('it finds an environment by its name or a label, and opens it', async () => {
    await page.keyboard.press('Control+k');
    await box.waitFor();
    await page.keyboard.type('us-east');
    await page.getByRole('option', { name: 'Open production-us', selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'production-us' }).waitFor();
    await page.goto('/grants');
    // The keys are heard once the page stands.
    await page.getByRole('heading', { name: 'Grants' }).waitFor();
  });

  await step('it opens the Kubeconfig dialog from any page, and not itself over that', async () => {
    await page.keyboard.press('Control+k');
    await box.waitFor();
    await page.keyboard.type('kubectl');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Download kubeconfig' });
    await dialog.getByText('0 of 4 selected').waitFor();
    await page.keyboard.press('Control+k');
    assert.equal(await box.count(), 0);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).pathname, '/grants');
  });

  await step('it switches the theme', async () => {
    await page.keyboard.press('Control+k');
    await box.waitFor();
    await page.keyboard.type('dark');
    await page.keyboard.press('Enter');
    await page.waitForFunction("document.documentElement.classList.contains('pf-v6-theme-dark')");
  });

  await step('whoever is no admin is offered no page of admins', async () => {
    const theirs = await stage.window({ as: 'dana' });
    await theirs.keyboard.press('Control+k');
    await theirs.getByRole('option', { name: 'Go to Account' }).waitFor();
    assert.equal(await theirs.getByRole('option', { name: 'Go to Users' }).count(), 0);
  });

  await step('it signs out', async () => {
    await page.keyboard.press('Control+k');
    await box.waitFor();
    await page.keyboard.type('sign out');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  assert.deepEqual(stage.complaints(), []);
});
