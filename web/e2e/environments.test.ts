import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

test('environments are added several at once, looked at, and removed', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const { lab } = stage;
  const page = await stage.window({ as: 'admin' });
  const dialog = page.getByRole('dialog');
  const step = steps(t);
  const token = await lab.serviceAccountToken('sallyport-several', {
    clusterRole: 'cluster-admin',
  });

  /** A kubeconfig with the lab under two names, and a third cluster that is not there. */
  function kubeconfig(): string {
    const cluster = (name: string, server: string) => ({
      name,
      cluster: {
        server,
        'certificate-authority-data': Buffer.from(lab.caData).toString('base64'),
      },
    });
    const context = (name: string, of: string) => ({ name, context: { cluster: of, user: 'me' } });
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'east',
      clusters: [cluster('lab', lab.server), cluster('gone', 'https://127.0.0.1:1')],
      users: [{ name: 'me', user: { token } }],
      contexts: [context('east', 'lab'), context('staging', 'lab'), context('nowhere', 'gone')],
    });
  }

  await step(
    'a file is dropped, and its contexts are offered under names that are free',
    async () => {
      await page.goto('/environments');
      await page.getByRole('button', { name: 'Add environment' }).click();
      const transfer = await page.evaluateHandle(
        `{
        const transfer = new DataTransfer();
        transfer.items.add(new File([${JSON.stringify(kubeconfig())}], 'config'));
        transfer;
      }`,
      );
      await page.locator('.sp-drop').dispatchEvent('drop', { dataTransfer: transfer });
      await dialog.getByRole('checkbox', { name: 'east' }).waitFor();
      assert.equal(await dialog.getByRole('checkbox', { name: 'east' }).isChecked(), true);
      await dialog.getByRole('checkbox', { name: 'All 3' }).check();
      assert.equal(await dialog.getByLabel('Name for staging').inputValue(), 'staging 2');
      await dialog.getByLabel('Name for staging').fill('STAGING');
      await dialog.getByText('An environment has this name already.').waitFor();
      assert.equal(
        await dialog.getByRole('button', { name: 'Add 3 environments' }).isDisabled(),
        true,
      );
      await dialog.getByLabel('Name for staging').fill('west');
    },
  );

  await step('each is tested by itself, and one that is down keeps back no other', async () => {
    await dialog.getByRole('button', { name: 'Add 3 environments' }).click();
    await dialog.getByRole('heading', { name: '2 of 3 are added' }).waitFor();
    await dialog.getByText('Sallyport cannot reach https://127.0.0.1:1').waitFor();
    const triedAgain = page.waitForResponse((response) => response.request().method() === 'POST');
    await dialog.getByRole('button', { name: 'Try the failed one again' }).click();
    assert.equal((await triedAgain).status(), 422);
    await dialog.getByRole('button', { name: 'Give me cluster-admin there' }).click();
    await dialog.getByText('You are cluster-admin in these 2 now.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /^east/ }).waitFor();
    await page.getByRole('row', { name: /^west/ }).waitFor();
    assert.equal(await page.getByRole('row', { name: /nowhere/ }).count(), 0);
  });

  await step('one is added by what a command printed, with the command at hand', async () => {
    await page.getByRole('button', { name: 'Add environment' }).click();
    await dialog.getByRole('radio', { name: 'A command for the cluster' }).check();
    const command = dialog.getByRole('region', { name: '1. Run this as an admin of the cluster' });
    assert.match(await command.innerText(), /kubectl/);
    await dialog.getByLabel('2. Paste what it printed').fill(lab.tokenKubeconfig(token));
    await dialog.getByLabel('Name').fill('by command');
    await dialog.getByRole('button', { name: 'Add environment' }).click();
    await dialog.getByText('It answers, and runs Kubernetes').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
  });

  await step('its page has what it is, its health, its grants and what is open', async () => {
    await page.getByRole('link', { name: 'west' }).click();
    await page.getByRole('heading', { name: 'west' }).waitFor();
    await page.getByText('cluster-admin everywhere').waitFor();
    const parts = page.getByRole('navigation', { name: 'Parts of this environment' });
    await parts.getByRole('link', { name: 'Health' }).click();
    await page.getByRole('img', { name: /in the last 24 hours/ }).waitFor();
    await page.getByRole('radio', { name: '7 days' }).check();
    await page.getByRole('img', { name: /in the last 7 days/ }).waitFor();
    await parts.getByRole('link', { name: 'Grants' }).click();
    await page.getByRole('row', { name: /cluster-admin.*admin.*in force/ }).waitFor();
    await page.goBack();
    await page.getByRole('img', { name: /in the last/ }).waitFor();
    await parts.getByRole('link', { name: 'Live streams' }).click();
    await page.getByText('Nothing is open to this environment.').waitFor();
  });

  await step('it is removed from there, with the consequences shown first', async () => {
    await page.getByRole('button', { name: 'More to do with west' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await dialog.getByText('Its one grant ends for it, and 1 person can enter no more').waitFor();
    await dialog.getByText('Nothing is open to it now').waitFor();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Environments', exact: true }).waitFor();
    await page.getByRole('row', { name: /^west/ }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /^east/ }).waitFor();
  });

  await step(
    'somebody without rights over Sallyport sees its health, not who reaches it',
    async () => {
      const theirs = await stage.window({ as: 'viewer' });
      await theirs.getByRole('link', { name: 'staging' }).click();
      await theirs.getByRole('definition').getByText('view everywhere').waitFor();
      const parts = theirs.getByRole('navigation', { name: 'Parts of this environment' });
      assert.deepEqual(await parts.getByRole('link').allInnerTexts(), ['Overview', 'Health']);
      await theirs.goto('/environments/1');
      await theirs.getByText('There is no environment 1.').waitFor();
      await theirs.goto('/environments/none');
      await theirs.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    },
  );

  assert.deepEqual(stage.complaints(), []);
});
