import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import { type App, createApp } from '../../server/test/secondFactors.ts';
import { axeViolations } from './axe.ts';
import { openStage, PASSWORD } from './fixture.ts';
import { steps } from './steps.ts';

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Gives name and password on the sign-in page. */
async function givePassword(page: Page, username: string): Promise<void> {
  await page.goto('/signin');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await press(page, 'Sign in');
}

/** Goes through the steps of the set-up, which is open. @returns the app and the recovery codes */
async function setUp(page: Page): Promise<{ app: App; codes: string[] }> {
  await page.getByLabel('Your password').fill(PASSWORD);
  await press(page, 'Continue');
  const key = (await page.locator('code').innerText()).replaceAll(' ', '');
  const app = createApp(key);
  await page.getByRole('textbox', { name: 'Code' }).fill(app.next());
  await press(page, 'Switch on');
  const list = page.getByRole('list', { name: 'Recovery codes' });
  await list.waitFor();
  return { app, codes: await list.getByRole('listitem').allInnerTexts() };
}

/** What a phone's camera reads of the QR code, from a picture of the page. */
async function scan(page: Page): Promise<string> {
  const code = page.getByRole('img', { name: /QR code/ });
  const png = (await code.screenshot()).toString('base64');
  // The browser has a decoder of PNG: an image of a page of nobody, read back by a canvas.
  const blank = await page.context().newPage();
  const pixels = (await blank.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${png}'), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
    return { data: Array.from(data), width, height };
  })()`)) as { data: number[]; width: number; height: number };
  await blank.close();
  return decodeQR({ ...pixels, data: Uint8Array.from(pixels.data) });
}

async function looksWell(page: Page, name: string): Promise<void> {
  assert.deepEqual(await axeViolations(page), [], name);
  const sideways = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  assert.equal(sideways, false, `${name} scrolls sideways`);
  const folder = process.env.SALLYPORT_TEST_PICTURES;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}

test('a second factor is set up, asked for, lost and asked of everybody', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await stage.setUp();
  const { admin } = stage;
  for (const username of ['dana', 'eve']) {
    await admin.call('users.create', { body: { username, password: PASSWORD } });
  }
  const step = steps(t);
  const page = await stage.window({ as: 'dana', colorScheme: 'light' });
  let app: App;
  let codes: string[] = [];

  await step('the page shows a code that a phone can read, in either theme', async () => {
    await page.goto('/account');
    await press(page, 'Set up a second factor');
    await page.getByLabel('Your password').fill('wrong');
    await press(page, 'Continue');
    await page.getByText('The current password is wrong.').waitFor();
    await page.getByLabel('Your password').fill(PASSWORD);
    await press(page, 'Continue');
    const key = (await page.locator('code').innerText()).replaceAll(' ', '');
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      const uri = new URL(await scan(page));
      assert.equal(uri.protocol, 'otpauth:');
      assert.equal(uri.searchParams.get('secret'), key);
      await looksWell(page, `set-up-${theme}`);
    }
    await press(page, 'Cancel');
    await page.getByText('It is off: your password alone lets you in.').waitFor();
  });

  await step('it is on once a code was given, and the recovery codes are shown once', async () => {
    await press(page, 'Set up a second factor');
    ({ app, codes } = await setUp(page));
    assert.equal(codes.length, 10);
    await looksWell(page, 'recovery-codes');
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download')]);
    assert.equal(download.suggestedFilename(), 'sallyport-recovery-codes.txt');
    const path = join(stage.folder, 'codes.txt');
    await download.saveAs(path);
    assert.equal(readFileSync(path, 'utf8'), `${codes.join('\n')}\n`);
    await press(page, 'I have kept them');
    await page.getByText('10 recovery codes are left.').waitFor();
    assert.equal(await page.getByText(codes[0] ?? '').count(), 0);
    await looksWell(page, 'account-on');
  });

  await step('after the password a code is asked for, and a wrong one is said to be', async () => {
    const phone = await stage.window({ viewport: { width: 360, height: 740 } });
    await givePassword(phone, 'dana');
    const code = phone.getByRole('textbox', { name: 'Code' });
    await code.waitFor();
    await looksWell(phone, 'code-step-phone');
    await code.fill('12345');
    await press(phone, 'Sign in');
    await phone.getByText('must be the 6 digits that the app shows').first().waitFor();
    await code.fill(app.wrong());
    await press(phone, 'Sign in');
    await phone.getByText('The code is wrong, or was used already').waitFor();
    await code.fill(app.next().replace(/^.../, '$& '));
    await press(phone, 'Sign in');
    await phone.locator('#content').waitFor();
    await phone.goto('/account');
    await phone.getByText('10 recovery codes are left.').waitFor();
    await looksWell(phone, 'account-on-phone');
    await phone.context().close();
  });

  await step(
    'after five wrong codes the password is asked again, and a recovery code does',
    async () => {
      const window = await stage.window();
      await givePassword(window, 'dana');
      const code = window.getByRole('textbox', { name: 'Code' });
      for (let n = 0; n < 5; n += 1) {
        await code.fill(app.wrong());
        const answered = window.waitForResponse(/auth\/code/);
        await press(window, 'Sign in');
        await answered;
        await window.locator('#code[value=""]').waitFor();
      }
      await code.fill(codes[0] ?? '');
      await press(window, 'Sign in');
      await window.getByText('within 5 minutes and 5 tries').waitFor();
      await givePassword(window, 'dana');
      await code.fill((codes[0] ?? '').toUpperCase());
      await press(window, 'Sign in');
      await window.locator('#content').waitFor();
      await window.goto('/account');
      await window.getByText('9 recovery codes are left.').waitFor();
      await window.context().close();
    },
  );

  await step('new recovery codes take the password and a code', async () => {
    await page.reload();
    await press(page, 'New recovery codes');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog.getByRole('textbox', { name: 'Code' }).fill(codes[1] ?? '');
    await looksWell(page, 'new-codes');
    await press(page, 'Make new codes');
    const list = page.getByRole('list', { name: 'Recovery codes' });
    await list.waitFor();
    const renewed = await list.getByRole('listitem').allInnerTexts();
    assert.ok(renewed.every((one) => !codes.includes(one)));
    codes = renewed;
    await press(page, 'I have kept them');
  });

  await step('an admin finds who has none, and takes away one whose phone is lost', async () => {
    const boss = await stage.window({ as: 'admin' });
    await boss.goto('/users');
    await boss.getByLabel('Second factor').selectOption('off');
    await boss.getByRole('row', { name: /eve/ }).waitFor();
    await boss.getByRole('row', { name: /dana/ }).waitFor({ state: 'detached' });
    await press(boss, 'Select all 2 that match');
    await boss.getByText('2 selected').waitFor();
    await looksWell(boss, 'users');
    await boss.getByLabel('Second factor').selectOption('on');
    await boss.getByRole('link', { name: 'dana' }).click();
    await boss.getByText(/with a second factor/).waitFor();
    await press(boss, 'What to do with dana');
    await boss.getByRole('menuitem', { name: 'Remove second factor' }).click();
    await boss.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await boss.getByText(/without a second factor/).waitFor();
    await boss.context().close();
    await page.getByRole('link', { name: 'My kubeconfigs' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await givePassword(page, 'dana');
    await page.locator('#content').waitFor();
    await page.goto('/account');
    await page.getByText('Your second factor was removed by admin').waitFor();
    await looksWell(page, 'removed');
  });

  await step('whoever must have one is led to it at sign-in, and goes on after it', async () => {
    const boss = await stage.window({ as: 'admin' });
    await boss.goto('/settings');
    await boss.getByLabel('Who must have one').selectOption({ label: 'Everybody' });
    await boss.getByText('You have none yet').waitFor();
    await looksWell(boss, 'settings');
    await press(boss, 'Save settings');
    await boss.getByText('The settings are saved.').waitFor();
    const window = await stage.window({ viewport: { width: 360, height: 740 } });
    await window.goto('/kubeconfigs');
    await givePassword(window, 'eve');
    await window.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
    await looksWell(window, 'due-phone');
    // There is no way around it.
    await window.goto('/kubeconfigs');
    await window.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
    const mine = await setUp(window);
    await looksWell(window, 'due-codes-phone');
    await press(window, 'I have kept them');
    await window.getByRole('heading', { name: 'My kubeconfigs' }).waitFor();
    // Switched off, it is asked for at once.
    await window.goto('/account');
    await press(window, 'Switch off');
    const dialog = window.getByRole('dialog');
    await dialog.getByText('you have to set up another').waitFor();
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog.getByRole('textbox', { name: 'Code' }).fill(mine.app.next());
    await dialog.getByRole('button', { name: 'Switch off' }).click();
    await window.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
    await press(window, 'Sign out');
    await window.getByRole('heading', { name: 'Sign in' }).waitFor();
    await window.context().close();
    await boss.context().close();
  });

  assert.deepEqual(stage.complaints(), []);
});
