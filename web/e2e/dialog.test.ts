import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Download, Locator, Page } from 'playwright-core';
import { parse } from 'yaml';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

interface KubeconfigFile {
  readonly contexts: ReadonlyArray<{ readonly name: string }>;
  readonly 'current-context': string;
}

test('the Kubeconfig dialog gives exactly what was chosen', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { environmentIds } = await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const step = steps(t);

  async function read(download: Download): Promise<KubeconfigFile> {
    const path = join(stage?.folder ?? '', download.suggestedFilename());
    await download.saveAs(path);
    return parse(readFileSync(path, 'utf8')) as KubeconfigFile;
  }

  await step('nothing is selected at first, and nothing can be downloaded', async () => {
    await openDialog(page);
    await dialog.getByText('0 of 4 selected').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Download File' }).isDisabled());
  });

  await step('a search hides without unticking, and selects only what it shows', async () => {
    await dialog.getByLabel('staging').check();
    await dialog.getByLabel('Search environments').fill('env=prod');
    await dialog.getByLabel('Select all shown (2)').check();
    await dialog.getByText('3 of 4 selected').waitFor();
    // The first Escape empties the box; the dialog stays.
    await dialog.getByLabel('Search environments').press('Escape');
    await dialog.getByLabel('Select all (4)').waitFor();
    assert.deepEqual(await ticked(dialog), ['production-eu', 'production-us', 'staging']);
  });

  await step('select all after a partial selection selects each once', async () => {
    await dialog.getByLabel('Select all (4)').click();
    await dialog.getByText('4 of 4 selected').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download File' }).click(),
    ]);
    const { contexts } = await read(download);
    assert.equal(contexts.length, 4);
    assert.equal(new Set(contexts.map(({ name }) => name)).size, 4);
  });

  await step(
    'the line that adds it to a kubeconfig keeps what is there, and goes by the new file',
    async () => {
      const name = (await dialog.locator('b').first().innerText()).trim();
      const home = join(stage.folder, 'home');
      mkdirSync(join(home, 'Downloads'), { recursive: true });
      mkdirSync(join(home, '.kube'));
      copyFileSync(join(stage.folder, name), join(home, 'Downloads', name));
      const own =
        'apiVersion: v1\nkind: Config\ncontexts: [{name: mine, context: {cluster: a, user: sallyport-admin}}]';
      const user = 'users: [{name: sallyport-admin, user: {token: of-an-earlier-file}}]';
      writeFileSync(join(home, '.kube', 'config'), `${own}\n${user}\n`);
      const line = await dialog.locator('code', { hasText: '--flatten' }).innerText();
      const PATH = `${dirname(stage.lab.kubectl ?? '')}:${process.env.PATH}`;
      execFileSync('sh', ['-c', line], { env: { HOME: home, PATH } });
      const merged = readFileSync(join(home, '.kube', 'config'), 'utf8');
      const { contexts } = parse(merged) as KubeconfigFile;
      assert.equal(contexts.length, 5);
      assert.ok(!merged.includes('of-an-earlier-file'));
      await dialog.getByRole('radio', { name: 'Windows (PowerShell)' }).check();
      await dialog.getByText('$env:KUBECONFIG = "').first().waitFor();
      await dialog.getByText(/^kubectl config use-context sallyport-ctx-/).waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
    },
  );

  await step('select none unticks all', async () => {
    await openDialog(page);
    await dialog.getByLabel('Select all (4)').check();
    await dialog.getByRole('button', { name: 'Select none' }).click();
    await dialog.getByText('0 of 4 selected').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await step(
    'with the keyboard alone: open, search, tick, shorten, choose the context, download',
    async () => {
      await page.getByRole('button', { name: 'Kubeconfig', exact: true }).focus();
      await page.keyboard.press('Enter');
      await dialog.getByText('0 of 4 selected').waitFor();
      await focused(page, 'Search environments');
      await page.keyboard.type('env=prod');
      await dialog.getByLabel('Select all shown (2)').waitFor();
      await tabTo(page, 'Select all shown (2)');
      await page.keyboard.press('Space');
      await dialog.getByText('2 of 4 selected').waitFor();
      await tabTo(page, 'Expiry');
      await page.keyboard.type('1 day');
      await dialog.getByText(/^Expires in 1 day, on .* at \d\d:\d\d\.$/).waitFor();
      await tabTo(page, 'Current context');
      await page.keyboard.type('production-us');
      await tabTo(page, 'Name (optional)');
      await page.keyboard.type('keys only');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.keyboard.press('Enter'),
      ]);
      const file = await read(download);
      assert.equal(file.contexts.length, 2);
      assert.match(file['current-context'], /production-us/);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await focused(page, 'Kubeconfig');
    },
  );

  await step('the focus stays inside the dialog', async () => {
    await openDialog(page);
    for (let i = 0; i < 25; i += 1) {
      await page.keyboard.press('Tab');
      assert.ok(
        await page.evaluate(
          "document.querySelector('[role=dialog]').contains(document.activeElement)",
        ),
      );
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  await step('the file that was shortened says so under My kubeconfigs', async () => {
    await page.getByRole('link', { name: 'My kubeconfigs' }).click();
    const row = page.getByRole('row', { name: /keys only/ });
    await row.getByText(/expires in (1 day|23 hours)/).waitFor();
    await row.getByText('Good').waitFor();
    const exact = await row.getByText(/^in (1 day|23 hours)$/).getAttribute('title');
    assert.match(exact ?? '', / at \d\d:\d\d:\d\d /);
  });

  await step('an expiry set on the Settings page is what the next dialog shows', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('earlier files keep theirs').waitFor();
    await page.getByRole('radio', { name: 'No expiry' }).check();
    await saveSettings(page);
    await openDialog(page);
    await dialog.getByText('This file will not expire.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: 'Another' }).check();
    await page.getByLabel('Another expiry').fill('48 hours');
    await page.getByText('Write it like 24h').waitFor();
    await page.getByLabel('Another expiry').fill('48h');
    await page.getByText('The dialog will say: “Expires in 2 days').waitFor();
    await saveSettings(page);
    await openDialog(page);
    await dialog.getByText(/^Expires in 2 days, on/).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await step('earlier files keep their expiry', async () => {
    await page.getByRole('link', { name: 'My kubeconfigs' }).click();
    const row = page.getByRole('row', { name: /laptop/ });
    await row.getByText(/expires in (30|29) days/).waitFor();
  });

  await step(
    'a refusal is shown inside the dialog with its remedy, and nothing is lost',
    async () => {
      await openDialog(page);
      await dialog.getByLabel('Select all (4)').check();
      const { items } = await stage.admin.call('grants.list');
      for (const { id, environmentIds: ids } of items) {
        if (ids.includes(environmentIds[0] ?? 0)) {
          await stage.admin.call('grants.delete', { params: { id } });
        }
      }
      await dialog.getByRole('button', { name: 'Download File' }).click();
      const alert = dialog.getByRole('alert');
      await alert.getByText('You may not enter environment').waitFor();
      await alert.getByText('Ask an admin for a grant.').waitFor();
      await dialog.getByText('selected').first().waitFor();
    },
  );

  assert.deepEqual(stage.complaints(), []);
});

async function openDialog(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Home' }).click();
  await page.getByRole('button', { name: 'Kubeconfig', exact: true }).click();
  await page
    .getByRole('dialog')
    .getByText(/of 4 selected/)
    .waitFor();
}

async function saveSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('The settings are saved.').last().waitFor();
}

/** Which of the environments are ticked. */
async function ticked(dialog: Locator): Promise<string[]> {
  const names = ['build farm', 'production-eu', 'production-us', 'staging'];
  const states = await Promise.all(names.map((name) => dialog.getByLabel(name).isChecked()));
  return names.filter((_, index) => states[index]);
}

/** The accessible name of what has the focus. */
function focusName(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const at = document.activeElement;
    return at.ariaLabel ?? at.labels?.[0]?.textContent ?? at.textContent;
  })()`);
}

async function focused(page: Page, name: string): Promise<void> {
  await page.waitForFunction(`(() => {
    const at = document.activeElement;
    return (at.ariaLabel ?? at.labels?.[0]?.textContent ?? at.textContent).trim() === ${JSON.stringify(name)};
  })()`);
}

/** Goes on by Tab until something has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 20; i += 1) {
    await page.keyboard.press('Tab');
    const at = (await focusName(page)).trim();
    if (at === name) return;
    passed.push(at);
  }
  assert.fail(`Tab never came to ${name}, but to ${passed.join(', ')}`);
}
