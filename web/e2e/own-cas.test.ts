import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueForTest } from '../../server/src/tls/fixtures.ts';
import { axeViolations } from './axe.ts';
import { openStage } from './fixture.ts';
import { steps } from './steps.ts';

test('an admin gives CAs for kubeconfigs to embed, and sees first what they are', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await stage.setUp();
  const page = await stage.window({ as: 'admin' });
  const step = steps(t);
  const company = await issueForTest('Company CA', undefined, { ca: true, days: [-1, 20] });
  const text = page.getByRole('textbox', { name: 'CAs to embed' });
  const save = page.getByRole('button', { name: 'Save settings' });
  const ask = page.getByRole('button', { name: 'Does the public address verify with these?' });

  await step('a key is not even sent, and what is no CA is told from one', async () => {
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    await page.goto('/settings');
    await page.getByLabel('CAs of your own').check();
    await text.fill(company.key);
    await page.getByText(/holds a private key.*has not been sent/).waitFor();
    assert.ok(await save.isDisabled());
    await text.fill('nonsense');
    await page.getByText(/this is no PEM/).waitFor();
    assert.ok(sent.some((body) => body.includes('nonsense')));
    assert.ok(!sent.some((body) => body.includes('PRIVATE KEY')));
  });

  await step('the CA of a file is shown, with what to mind', async () => {
    await page
      .getByLabel('Choose a file of CAs')
      .setInputFiles({ name: 'ca.pem', mimeType: 'text/plain', buffer: Buffer.from(company.cert) });
    await page.getByText('CN=Company CA').waitFor();
    await page.getByText('It ends soon').waitFor();
    assert.deepEqual(await axeViolations(page), []);
  });

  await step('whether the public address verifies with it is told', async () => {
    await ask.click();
    await page.getByText(/does not verify with these CAs/).waitFor();
    assert.deepEqual(await axeViolations(page), []);
    await text.fill(`${company.cert}\n${stage.server.ca}`);
    await page.getByText(/does not verify/).waitFor({ state: 'hidden' });
    await ask.click();
    await page.getByText(/ verifies with these CAs: its certificate is signed by/).waitFor();
    for (const [width, colorScheme] of [
      [1200, 'dark'],
      [390, 'light'],
    ] as const) {
      await page.setViewportSize({ width, height: 1100 });
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeViolations(page), []);
    }
  });

  await step('saved, it is there again', async () => {
    await save.click();
    await page.getByText('The settings are saved.').first().waitFor();
    await page.reload();
    assert.ok(await page.getByLabel('CAs of your own').isChecked());
    await page.getByText('CN=Company CA').waitFor();
    const { kubeconfigCas } = await stage.admin.call('settings.get');
    assert.equal(kubeconfigCas, company.cert + stage.server.ca);
    assert.deepEqual(stage.complaints(), []);
  });
});
