import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueForTest } from '../../server/src/tls/fixtures.ts';
import { axeViolations } from './axe.ts';
import { openStage, PASSWORD } from './fixture.ts';
import { steps } from './steps.ts';

test('an admin uploads a certificate on the settings page, and goes back', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await stage.setUp();
  const page = await stage.window({ as: 'admin' });
  const step = steps(t);
  const dialog = page.getByRole('dialog');
  const { cert, key } = await issueForTest('other.example');

  await step('one for another name is used only once that was confirmed', async () => {
    await page.goto('/settings');
    await page.getByRole('button', { name: 'Upload a certificate' }).click();
    await dialog
      .getByLabel('Choose the certificate file')
      .setInputFiles({ name: 'tls.crt', mimeType: 'text/plain', buffer: Buffer.from(cert) });
    await dialog.getByRole('textbox', { name: 'Key' }).fill(key);
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Use it', exact: true }).click();
    await dialog.getByText(/is for other\.example, and people reach Sallyport at/).waitFor();
    assert.deepEqual(await axeViolations(page), []);
    assert.ok(await dialog.getByRole('button', { name: 'Use it', exact: true }).isDisabled());
    await dialog.getByLabel('Use it all the same').check();
    await dialog.getByRole('button', { name: 'Use it', exact: true }).click();
    await page.getByText('The certificate is in use.').first().waitFor();
    await page.getByText('Uploaded here; it is not renewed by itself').waitFor();
  });

  await step('going back asks for the password too', async () => {
    await page.getByRole('button', { name: 'Go back to Sallyport’s own' }).click();
    assert.deepEqual(await axeViolations(page), []);
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Go back', exact: true }).click();
    await page.getByText('From Sallyport’s own CA, renewed by itself').waitFor();
    assert.deepEqual(stage.complaints(), []);
  });
});
