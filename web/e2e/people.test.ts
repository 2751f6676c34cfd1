import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('people are kept in order, one by one and many at once', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const step = steps(t);

  await step('somebody signs a lost laptop out from their phone', async () => {
    const laptop = await stage.window({ as: 'dana' });
    const phone = await stage.window({ as: 'dana' });
    await phone.goto('/account');
    await phone.getByRole('row', { name: /This one/ }).waitFor();
    const others = phone.getByRole('button', { name: /^Sign out Chrome on Linux from/ });
    assert.equal(await others.count(), 1);
    await others.click();
    await others.waitFor({ state: 'detached' });
    await laptop.getByRole('link', { name: 'My kubeconfigs' }).click();
    await laptop.getByRole('heading', { name: 'Sign in' }).waitFor();
    await phone.getByRole('link', { name: 'My kubeconfigs' }).click();
    await phone.getByRole('heading', { name: 'My kubeconfigs' }).waitFor();
  });

  await step('everywhere else at once', async () => {
    const elsewhere = await stage.window({ as: 'admin' });
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText(/sign-ins? (is|are) ended/).waitFor();
    await page
      .getByRole('button', { name: 'Sign out everywhere else' })
      .waitFor({ state: 'detached' });
    await elsewhere.getByRole('link', { name: 'My kubeconfigs' }).click();
    await elsewhere.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  await step(
    'the page of a user shows what they have, and an admin ends their sign-ins',
    async () => {
      const theirs = await stage.window({ as: 'viewer' });
      await page.getByRole('link', { name: 'Users', exact: true }).click();
      await page.getByRole('link', { name: 'viewer' }).click();
      await page.getByRole('heading', { name: 'viewer', exact: true }).waitFor();
      await page.getByText('In no team.').waitFor();
      await page.getByRole('row', { name: /view everywhere/ }).waitFor();
      await page.getByRole('button', { name: 'Sign out everywhere' }).click();
      await page.getByText('Not signed in anywhere.').waitFor();
      await theirs.getByRole('link', { name: 'My kubeconfigs' }).click();
      await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
    },
  );

  await step('they are put into a team there, and taken out', async () => {
    await page.getByRole('button', { name: 'Add to a team' }).click();
    await page.getByRole('radio', { name: 'payments' }).check();
    await page.getByRole('button', { name: 'Add to payments' }).click();
    await page.getByRole('heading', { name: 'Grants of team payments' }).waitFor();
    await page.getByRole('button', { name: 'Take out of payments' }).click();
    await page.getByText('In no team.').waitFor();
  });

  await step(
    'only who is not in it yet is offered to a team, and a team to who is not',
    async () => {
      await page.goto('/teams');
      await page.getByRole('button', { name: '1 member of payments' }).click();
      await dialog.getByRole('radio', { name: 'viewer' }).waitFor();
      assert.equal(await dialog.getByRole('radio', { name: 'dana' }).count(), 0);
      await dialog.getByRole('radio', { name: 'viewer' }).check();
      await dialog.getByRole('button', { name: 'Add viewer' }).click();
      await dialog.getByRole('link', { name: 'viewer' }).waitFor();
      await dialog.getByRole('radio', { name: 'viewer' }).waitFor({ state: 'detached' });
      await dialog.getByRole('button', { name: 'Take out viewer' }).click();
      await dialog.getByRole('radio', { name: 'viewer' }).waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      await page.goto('/users/2');
      await page.getByRole('button', { name: 'Add to a team' }).click();
      await page.getByText('There is no other team.').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
    },
  );

  await step('many are disabled at once, oneself excepted, and told of one by one', async () => {
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select all on this page' }).focus();
    await page.keyboard.press('Space');
    await page.getByText('3 selected').waitFor();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await dialog.getByRole('button', { name: 'Disable' }).click();
    await dialog.getByText('2 disabled, 1 refused.').waitFor();
    await dialog.getByText('admin: This is you').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('None selected').waitFor();
    await page.getByRole('cell', { name: 'Disabled' }).nth(1).waitFor();
    assert.equal(await page.getByRole('cell', { name: 'Disabled' }).count(), 2);
  });

  await step('all that match a search are put into a team, pages apart', async () => {
    await page.getByLabel('Search users').fill('dana');
    await page.getByRole('button', { name: 'Select all 1 that match' }).click();
    await page.getByText('1 selected').waitFor();
    await page.getByRole('button', { name: 'Add to a team' }).click();
    await dialog.getByRole('radio', { name: 'payments' }).check();
    await dialog.getByRole('button', { name: 'Add to payments' }).click();
    await dialog.getByText('0 added, 1 were so already.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
  });

  await step('somebody is deleted on their own page, which leads back to the list', async () => {
    await page.getByRole('link', { name: 'dana' }).click();
    await page.getByRole('button', { name: 'What to do with dana' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Users', exact: true }).waitFor();
    await page.getByRole('row', { name: /viewer/ }).waitFor();
    await page.getByRole('row', { name: /dana/ }).waitFor({ state: 'detached' });
  });

  assert.deepEqual(stage.complaints(), []);
});
