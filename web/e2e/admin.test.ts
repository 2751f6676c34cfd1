import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStage, PASSWORD, signIn } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('an admin keeps people, teams, environments and grants in order', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const step = steps(t);

  await step('a name that is taken is said beside the fields, which stay filled in', async () => {
    await open(page, 'Users');
    await page.getByRole('button', { name: 'Add user' }).click();
    await dialog.getByLabel('Username').fill('dana');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Add user' }).click();
    await dialog.getByRole('alert').getByText('There is a user named dana already').waitFor();
    assert.equal(await dialog.getByLabel('Username').inputValue(), 'dana');
    await dialog.getByLabel('Username').fill('not a name');
    await dialog.getByRole('button', { name: 'Add user' }).click();
    await dialog.getByRole('alert').getByText('must be 1 to 63 letters').waitFor();
    assert.equal(await dialog.getByLabel('Username').getAttribute('aria-invalid'), 'true');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await step(
    'the list of users is searched on the server, and the address keeps the search',
    async () => {
      await page.getByLabel('Search users').fill('view');
      await page.getByRole('row', { name: /dana/ }).waitFor({ state: 'detached' });
      await page.getByRole('row', { name: /viewer/ }).waitFor();
      assert.equal(new URL(page.url()).searchParams.get('q'), 'view');
      await page.reload();
      await page.getByRole('row', { name: /viewer/ }).waitFor();
      assert.equal(await page.getByLabel('Search users').inputValue(), 'view');
      await page.getByLabel('Search users').press('Escape');
      await page.getByRole('row', { name: /dana/ }).waitFor();
    },
  );

  await step('the last admin cannot be made a plain user', async () => {
    await choose(page, 'admin', 'Make a plain user');
    await dialog.getByRole('button', { name: 'Make a plain user' }).click();
    await dialog.getByText('This is the last admin who can sign in.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await step('a user who is disabled is sent out of the page they have open', async () => {
    const theirs = await stage.window({ as: 'dana' });
    await choose(page, 'dana', 'Disable');
    await dialog.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('row', { name: /dana/ }).getByText('Disabled').waitFor();
    await theirs.getByRole('link', { name: 'My kubeconfigs' }).click();
    await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.equal(new URL(theirs.url()).searchParams.get('to'), '/kubeconfigs');
    await choose(page, 'dana', 'Enable');
    await dialog.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('row', { name: /dana/ }).getByText('May sign in').waitFor();
    await signIn(theirs, 'dana');
    await theirs.getByRole('heading', { name: 'My kubeconfigs' }).waitFor();
  });

  await step('a team gets a member and loses one', async () => {
    await open(page, 'Teams');
    await page.getByRole('button', { name: '1 member of payments' }).click();
    await dialog.getByRole('radio', { name: 'viewer' }).check();
    await dialog.getByRole('button', { name: 'Add viewer' }).click();
    await dialog.getByRole('button', { name: 'Take out viewer' }).waitFor();
    await dialog.getByRole('button', { name: 'Take out dana' }).click();
    await dialog.getByRole('button', { name: 'Take out dana' }).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: '1 member of payments' }).waitFor();
  });

  await step('an environment is renamed and labelled', async () => {
    await open(page, 'Environments');
    await choose(page, 'staging', 'Edit');
    await dialog.getByLabel('Name').fill('staging two');
    await dialog.getByLabel('Labels').fill('env=staging, oops');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('"oops" is no label').first().waitFor();
    await dialog.getByLabel('Labels').fill('env=staging, team=web');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /staging two.*team.*web/ }).waitFor();
  });

  await step('an environment is added by address, CA and token', async () => {
    const token = await stage.lab.serviceAccountToken('sallyport-web', {
      clusterRole: 'cluster-admin',
    });
    await page.getByRole('button', { name: 'Add environment' }).click();
    await dialog.getByRole('radio', { name: 'Address, CA and token' }).check();
    await dialog.getByLabel('API server').fill(stage.lab.server);
    await dialog.getByLabel('CA certificate').fill(stage.lab.caData);
    await dialog.getByRole('textbox', { name: 'Token' }).fill(token);
    const proposed = await dialog.getByLabel('Name').inputValue();
    assert.equal(proposed, new URL(stage.lab.server).hostname, 'a name is proposed');
    await dialog.getByLabel('Name').fill('by token');
    await dialog.getByRole('button', { name: 'Add environment' }).click();
    await dialog.getByText('It answers, and runs Kubernetes').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
  });

  await step('an environment is removed, and Home no longer names it', async () => {
    await choose(page, 'by token', 'Remove');
    await dialog.getByText('No grant is for it').waitFor();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('row', { name: /by token/ }).waitFor({ state: 'detached' });
    await open(page, 'Home');
    await page.getByRole('row', { name: /staging two/ }).waitFor();
    assert.equal(await page.getByRole('row', { name: /by token/ }).count(), 0);
  });

  await step('a grant is ended', async () => {
    await open(page, 'Grants');
    await choose(page, 'the grant of view to viewer', 'End');
    await dialog.getByRole('button', { name: 'End grant' }).click();
    await page.getByRole('row', { name: /viewer/ }).waitFor({ state: 'detached' });
  });

  await step('an API token is shown once, and works', async () => {
    await page.getByRole('link', { name: 'admin', exact: true }).click();
    await page.getByRole('button', { name: 'Make a token' }).click();
    await dialog.getByLabel('Name').fill('script');
    await dialog.getByRole('button', { name: 'Make token' }).click();
    const token = (await dialog.locator('code').textContent()) ?? '';
    const answer = await stage.admin.fetch('/api/auth/me', {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 200);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /script/ }).waitFor();
    assert.equal(await page.getByText(token).count(), 0);
  });

  await step('the own password is changed', async () => {
    await page.getByLabel('Current password').fill('wrong password 1');
    await page.getByLabel('New password').fill(`${PASSWORD} 2`);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('alert').getByText('The current password is wrong.').waitFor();
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed.').waitFor();
  });

  assert.deepEqual(stage.complaints(), []);
});

async function open(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}

/** Opens the menu of a row and chooses from it. */
async function choose(page: Page, row: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `What to do with ${row}`, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}
