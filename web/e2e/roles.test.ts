import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('an admin makes, changes and deletes a role of rules', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { danaId, environmentIds } = await populate(stage);
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const rule = (n: number) => page.getByRole('group', { name: `Rule ${n}` });
  const yaml = page.getByRole('region', { name: 'The ClusterRole that this becomes' });
  const step = steps(t);

  await step('the cluster itself completes what is typed', async () => {
    await page.getByRole('link', { name: 'Roles' }).click();
    await page.getByRole('button', { name: 'New role' }).click();
    await page.getByRole('heading', { name: 'New role' }).waitFor();
    const offers = async (label: string) => {
      const field = rule(1).getByLabel(label, { exact: true });
      const id = await field.getAttribute('list');
      return page
        .locator(`[id="${id}"] option`)
        .evaluateAll((options) => options.map((option) => option.getAttribute('value')));
    };
    await page.locator('datalist option[value="pods/log"]').waitFor({ state: 'attached' });
    assert.ok((await offers('API groups')).includes('apps'));
    await rule(1).getByLabel('Resources', { exact: true }).fill('pods/log');
    await page.keyboard.press('Enter');
    await rule(1).getByRole('button', { name: 'Take out pods/log' }).waitFor();
    assert.deepEqual(await offers('Verbs'), ['get', '*']);
  });

  await step('from an environment that one finds by a search', async () => {
    const box = page.getByRole('combobox', { name: 'Complete from' });
    assert.equal(await box.inputValue(), 'build farm');
    await box.press('ArrowDown');
    await page.keyboard.type('stag');
    await page.getByRole('option', { name: 'staging' }).waitFor();
    const [request] = await Promise.all([
      page.waitForRequest(/\/environments\/\d+\/resources$/),
      page.keyboard.press('Enter'),
    ]);
    assert.equal(request.url().split('/').at(-2), String(environmentIds[3]));
    assert.equal(await box.inputValue(), 'staging');
    await box.press('ArrowDown');
    await page.getByRole('option', { name: 'build farm' }).waitFor();
    const options = page.getByRole('listbox', { name: 'Environments' }).getByRole('option');
    assert.equal(await options.count(), environmentIds.length, 'to choose none is not offered');
    await page.keyboard.press('Escape');
  });

  await step('what is missing is marked, and nothing is sent as whole', async () => {
    await page.getByRole('textbox', { name: /^Name/ }).fill('Log readers');
    await page.getByRole('button', { name: 'Make role' }).click();
    await rule(1).getByText('A rule needs at least one verb.').waitFor();
    await page
      .getByRole('alert')
      .getByText(/Kubernetes would refuse these rules/)
      .waitFor();
  });

  await step(
    'the ClusterRole stands beside it, and what leads to more is said at the rule',
    async () => {
      await rule(1).getByLabel('Verbs', { exact: true }).fill('get,');
      await yaml.getByText('sallyport/role: Log readers').waitFor();
      await yaml.getByText('- pods/log').waitFor();
      await page.getByRole('button', { name: 'Add rule' }).click();
      await rule(2).getByLabel('Resources', { exact: true }).fill('secrets ');
      await rule(2).getByLabel('Verbs', { exact: true }).fill('list ');
      await rule(2)
        .getByText(/^Reading Secrets/)
        .waitFor();
      await page.getByRole('button', { name: 'Remove rule 2' }).click();
      await page.getByText(/^Reading Secrets/).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Make role' }).click();
      await page.getByRole('row', { name: /Log readers.*1 rule/ }).waitFor();
    },
  );

  await step('a change says first whom it touches', async () => {
    await stage.admin.call('grants.create', {
      body: { userId: danaId, environmentIds: [...environmentIds], role: 'Log readers' },
    });
    await page.getByRole('link', { name: 'Log readers' }).click();
    await rule(1).getByLabel('Verbs', { exact: true }).fill('list ');
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog
      .getByText('One grant gives this role to one person, in build farm, production-eu')
      .waitFor();
    await dialog.getByRole('button', { name: 'Change' }).click();
    await page.getByText('The role Log readers is changed.').waitFor();
    const { items } = await stage.admin.call('roles.list', { query: { q: 'log' } });
    assert.deepEqual(items[0]?.rules?.[0]?.verbs, ['get', 'list']);
  });

  await step('it is deleted with its grants only when that is ticked', async () => {
    await page.getByRole('link', { name: 'Roles' }).click();
    await page.getByRole('button', { name: 'What to do with Log readers' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    assert.equal(await dialog.getByRole('button', { name: 'Delete' }).isEnabled(), false);
    await dialog.getByLabel('End the grant that names it').check();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: /Log readers/ }).waitFor({ state: 'detached' });
    const { items } = await stage.admin.call('grants.list');
    assert.ok(items.every(({ role }) => role !== 'Log readers'));
  });

  await step('the owner of an external environment sees what to apply', async () => {
    const [id = 0] = environmentIds;
    await stage.admin.call('environments.update', { params: { id }, body: { rbac: 'external' } });
    await page.goto(`/environments/${id}?part=manifests`);
    const shown = page.getByRole('region', { name: 'ClusterRoles and bindings' });
    await shown.getByText('name: sallyport:admin').first().waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download the file' }).click(),
    ]);
    assert.equal(file.suggestedFilename(), `sallyport-grants-${id}.yaml`);
    await page.getByLabel('Only for the people and groups of now').check();
    const command = page.getByRole('region', { name: 'Run this as an admin' });
    await command.getByText('sallyport:dana').first().waitFor();
  });
});
