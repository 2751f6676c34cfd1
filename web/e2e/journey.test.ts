import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStage, PASSWORD, signIn } from './fixture.ts';
import { steps } from './steps.ts';

test('a person goes the whole way in the browser, and kubectl uses the file that it saved', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { lab, server, kubectl } = stage;
  const mine = `web-a-${randomBytes(3).toString('hex')}`;
  const theirs = `web-b-${randomBytes(3).toString('hex')}`;
  for (const name of [mine, theirs]) {
    await lab.call('POST', '/api/v1/namespaces', { metadata: { name } });
    stage.defer(() => lab.call('DELETE', `/api/v1/namespaces/${name}`));
  }
  const page = await stage.window();
  const step = steps(t);
  let file = '';

  await step('whoever comes before set-up is led to it', async () => {
    await page.goto('/');
    await page.getByRole('heading', { name: 'Set up Sallyport' }).waitFor();
    await page.getByLabel('Set-up token').waitFor();
  });

  await step('the set-up address makes the first admin and keeps no token', async () => {
    await page.goto(`/setup#token=${server.setupToken}`);
    await page.getByLabel('Password').fill('too short');
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('alert').getByText('at least 12 characters').waitFor();
    assert.equal(new URL(page.url()).hash, '', 'the token has left the address bar');
    assert.equal(await page.getByLabel('Set-up token').count(), 0);

    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await page.goBack().catch(() => null);
    assert.doesNotMatch(page.url(), /token/);
  });

  await step('an empty Home says what an admin does next', async () => {
    await page.goto('/');
    assert.ok(await page.getByRole('button', { name: 'Kubeconfig', exact: true }).isDisabled());
    await page.getByRole('link', { name: 'Add an environment' }).click();
    await page.getByRole('heading', { name: 'Environments' }).waitFor();
  });

  await step('a kubeconfig that is none is refused in the server’s words', async () => {
    await page.getByRole('button', { name: 'Add environment' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Kubeconfig' }).fill('nonsense: true');
    await dialog.getByLabel('Name').fill('lab');
    await dialog.getByRole('button', { name: 'Add environment' }).click();
    await dialog.getByRole('alert').getByText('Kubeconfig not usable').waitFor();
  });

  await step(
    'an environment is added by pasting a kubeconfig, and its check is shown',
    async () => {
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'Kubeconfig' }).fill(lab.adminKubeconfig);
      await dialog.getByLabel('Labels').fill('stage=test, owner=web');
      await dialog.getByRole('button', { name: 'Add environment' }).click();
      await dialog.getByText('It answers, and runs Kubernetes').waitFor();
      await dialog.getByText(lab.version).waitFor();
      await dialog.getByRole('button', { name: 'Give me cluster-admin there' }).click();
      await dialog.getByText('You are cluster-admin in lab now.').waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
    },
  );

  await step('Home shows it with state, version and what one may do there', async () => {
    await page.getByRole('link', { name: 'Home' }).click();
    const row = page.getByRole('row', { name: /lab/ });
    await row.getByText('cluster-admin everywhere').waitFor();
    await row.getByText('Up').waitFor();
    await row.getByText(lab.version).waitFor();
    await row.getByText('owner').waitFor();
  });

  await step('a user is added', async () => {
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'Add user' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Username').fill('dana');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Add user' }).click();
    await page.getByRole('row', { name: /dana/ }).waitFor();
  });

  await step(
    'a grant gives them one namespace, and the page says that the cluster has it',
    async () => {
      await page.getByRole('link', { name: 'Grants' }).click();
      await page.getByRole('button', { name: 'Add grant' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio', { name: 'dana' }).check();
      await dialog.getByRole('checkbox', { name: 'lab' }).check();
      await dialog.getByLabel('Role').selectOption('edit');
      await dialog.getByRole('radio', { name: 'These namespaces' }).check();
      await dialog.getByRole('textbox', { name: 'Namespaces' }).fill(mine);
      await dialog.getByRole('button', { name: 'Add grant' }).click();
      const row = page.getByRole('row', { name: /dana/ });
      await row.getByText(`edit in ${mine}`).waitFor();
      await row.getByText('in force').waitFor();
    },
  );

  await step('they sign in and come to the page they asked for', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto('/kubeconfigs?q=none');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('Username').fill('dana');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The username or the password is wrong.').waitFor();
    await signIn(page, 'dana');
    assert.equal(new URL(page.url()).pathname, '/kubeconfigs');
  });

  await step('they see no page of admins', async () => {
    assert.equal(await page.getByRole('link', { name: 'Users' }).count(), 0);
    await page.goto('/users');
    await page.getByRole('heading', { name: 'Home' }).waitFor();
  });

  await step('the Kubeconfig dialog saves a file', async () => {
    await page.getByRole('button', { name: 'Kubeconfig', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Download kubeconfig' });
    await dialog.getByText('1 of 1 selected').waitFor();
    await dialog.getByText(/^Expires in 30 days, on \d+ \w+ \d{4}\.$/).waitFor();
    await dialog.getByLabel('Name').fill('laptop');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download File' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /dana.*\.yaml$/);
    file = join(stage.folder, download.suggestedFilename());
    await download.saveAs(file);
    const done = page.getByRole('dialog', { name: 'Your kubeconfig is saved' });
    await done.getByText('export KUBECONFIG=').waitFor();
    await done.getByRole('link', { name: 'My kubeconfigs' }).click();
    await page.getByRole('row', { name: /laptop/ }).waitFor();
  });

  await step('kubectl uses that very file: allowed in their namespace', async () => {
    const made = await kubectl(
      file,
      '-n',
      mine,
      'create',
      'configmap',
      'web',
      '--from-literal=a=b',
    );
    assert.equal(made.stderr, '');
    assert.equal(made.stdout, 'configmap/web created\n');
  });

  await step('and forbidden outside of it', async () => {
    const { code, stderr } = await kubectl(file, '-n', theirs, 'get', 'configmaps');
    assert.notEqual(code, 0);
    assert.match(stderr, /^Error from server \(Forbidden\).*User "sallyport:dana" cannot list/);
  });

  await step('a revoked file is shown as such, and kubectl is told', async () => {
    await revoke(page, 'laptop');
    const { code, stderr } = await kubectl(file, '-n', mine, 'get', 'configmaps');
    assert.notEqual(code, 0);
    assert.match(stderr, /This kubeconfig was revoked/);
  });

  assert.deepEqual(stage.complaints(), []);
});

async function revoke(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `What to do with ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page
    .getByRole('row', { name: new RegExp(name) })
    .getByText('Revoked')
    .waitFor();
}
