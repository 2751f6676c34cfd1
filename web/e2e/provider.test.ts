import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStore } from '../../server/src/store/store.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startOidcProvider,
  type TestProvider,
} from '../../server/test/oidcProvider.ts';
import { axeViolations } from './axe.ts';
import { openStage, PASSWORD, type Stage } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';

const BUTTON = 'Sign in with Example';

test('people sign in through a real provider, by its own page', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { server, admin } = stage;
  await populate(stage);
  // Not `localhost`, where Sallyport is: for the browser it is another site, as in earnest.
  const provider = await startOidcProvider({
    redirectUri: `${server.url}/signin/callback`,
    accounts: {
      erin: { preferred_username: 'erin', groups: ['team payments, all'] },
      impostor: { preferred_username: 'dana', groups: [] },
    },
  });
  stage.defer(() => provider.close());
  const boss = await stage.window({ as: 'admin' });
  const page = await stage.window();
  const step = steps(t);
  const dialog = boss.getByRole('dialog');

  await step('an admin sets it up, and hears in words what is wrong', async () => {
    await boss.goto('/settings');
    await boss.getByText(`${server.url}/signin/callback`).waitFor();
    await boss.getByRole('button', { name: 'Set up a provider' }).click();
    await dialog.getByLabel('Issuer').fill(`${provider.issuer}/nowhere`);
    await dialog.getByLabel('Client id').fill(CLIENT_ID);
    await dialog.getByLabel('Client secret').fill(CLIENT_SECRET);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('not signed by a public CA').waitFor();
    await dialog.getByLabel('CA of the provider').fill(provider.ca);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('there is no provider there').waitFor();
    await dialog.getByLabel('Issuer').fill(provider.issuer);
    await dialog.getByLabel('Text of the button').fill(BUTTON);
    await dialog.getByRole('radio', { name: 'Anybody whom the provider lets in' }).check();
    await dialog.getByRole('button', { name: 'Add a group' }).click();
    await dialog.getByLabel('Group 1', { exact: true }).fill('team payments, all');
    assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled());

    await dialog.getByLabel('Team of group 1').selectOption({ label: 'payments' });
    for (const colorScheme of ['light', 'dark'] as const) {
      await boss.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      assert.deepEqual(await axeViolations(boss), [], colorScheme);
    }
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await boss.getByText('team payments, all → payments').waitFor();
  });

  await step('what is there is changed without its secret, which nobody sees again', async () => {
    await boss.getByRole('button', { name: 'Change the provider' }).click();
    assert.equal(await dialog.getByLabel('Client secret').inputValue(), '');
    await dialog.getByLabel('A sign-in counts for').fill('3d');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await boss.getByText('for 3 days').waitFor();
  });

  await step('somebody comes in by its page, to where they wanted to go', async () => {
    await page.goto('/kubeconfigs');
    await page.getByText('Sign in to go on.').waitFor();

    assert.deepEqual(await axeViolations(page), []);
    await passPages(page, provider, 'erin');
    await page.getByRole('heading', { name: 'My kubeconfigs' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/kubeconfigs');
    await page.reload();
    await page.getByRole('heading', { name: 'My kubeconfigs' }).waitFor();
    await page.goBack().catch(() => null);
    assert.doesNotMatch(page.url(), /code=/);
    await page.goto('/account');
    await page.getByText('have no password here').waitFor();
    assert.deepEqual(await axeViolations(page), []);
  });

  await step('an admin sees how they sign in, and the team that they are in', async () => {
    await boss.goto('/users');
    await boss
      .getByRole('row', { name: /erin.*payments.*Signs in through the provider/ })
      .waitFor();
    await boss.getByRole('link', { name: 'erin' }).click();
    await boss.getByText(/Signs in through the provider, last/).waitFor();

    assert.deepEqual(await axeViolations(boss), []);
  });

  await step('somebody who cancels there, or is not let in here, reads why', async () => {
    const other = await stage.window();
    await other.goto('/signin');
    await other.getByRole('button', { name: BUTTON }).click();
    await other.getByRole('link', { name: 'Cancel' }).click();
    await other.getByText('the sign-in was cancelled there').waitFor();
    assert.doesNotMatch(other.url(), /access_denied/);

    assert.deepEqual(await axeViolations(other), []);
    await other.getByRole('link', { name: 'Back to the sign-in page' }).click();
    await passPages(other, provider, 'impostor');
    await other.getByText('There is a user named dana here already').waitFor();
    await other.goto('/signin/callback');
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.getByRole('button', { name: BUTTON }).waitFor();
    assert.equal(new URL(other.url()).pathname, '/signin');
  });

  await step('a connection that breaks on the way back costs one click', async () => {
    const other = await stage.window();
    await other.route('**/api/auth/provider/finish', (route) => route.abort(), { times: 1 });
    await other.goto('/signin');
    await passPages(other, provider, 'erin');
    await other.getByText('Sallyport did not answer.').waitFor();
    await other.getByRole('button', { name: 'Try again' }).click();
    await other.getByRole('heading', { name: 'Home' }).waitFor();
  });

  await step('an answer that was planted opens nothing', async () => {
    const other = await stage.window();
    await other.goto('/signin/callback?code=planted&state=planted');
    await other.getByText('no sign-in under way').waitFor();
    assert.equal(new URL(other.url()).search, '');
  });

  await step(
    'once their sign-in is too old, kubectl is told so, and what is open ends',
    async () => {
      const file = join(stage.folder, 'erin.yaml');
      await page.goto('/');
      await page.getByRole('button', { name: 'Kubeconfig', exact: true }).click();
      await page.getByLabel('production-eu').check();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download File' }).click();
      await (await download).saveAs(file);
      const get = () => stage.kubectl(file, 'get', 'configmaps', '-n', 'payments');
      assert.equal((await get()).code, 0, (await get()).stderr);
      const watch = stage.kubectl(file, 'get', 'configmaps', '-n', 'payments', '--watch');
      await boss.goto('/live');
      await boss.getByRole('row', { name: /erin/ }).waitFor();

      await age(stage, 'erin', 3);
      await watch;
      const { code, stderr } = await get();
      assert.notEqual(code, 0);
      assert.match(stderr, /Your sign-in through the provider counted until .* Sign in at https:/);
      await page.goto('/kubeconfigs');
      await page.getByText(/sign-in counted until/).waitFor();

      assert.deepEqual(await axeViolations(page), []);

      await page.context().clearCookies({ name: '__Host-sallyport' });
      await page.goto('/kubeconfigs');
      // The provider still knows them, and asks nothing.
      await page.getByRole('button', { name: BUTTON }).click();
      await page.getByText(/sign-in counts until/).waitFor();
      assert.equal((await get()).code, 0, 'the same file works again');
    },
  );

  await step('an admin has somebody who was here before sign in there from now on', async () => {
    await boss.goto('/users');
    await boss.getByRole('button', { name: 'What to do with dana' }).click();
    await boss.getByRole('menuitem', { name: 'Sign in through the provider' }).click();
    await dialog.getByText('Their password is taken away.').waitFor();
    assert.deepEqual(await axeViolations(boss), []);
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.waitFor({ state: 'detached' });
    const other = await stage.window();
    await other.goto('/signin');
    await passPages(other, provider, 'impostor');
    await other.getByRole('heading', { name: 'Home' }).waitFor();
  });

  await step('and back, with a new password', async () => {
    await boss.getByRole('button', { name: 'What to do with dana' }).click();
    await boss.getByRole('menuitem', { name: 'Sign in by a password' }).click();
    await dialog.getByLabel('New password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Set the password' }).click();
    await dialog.waitFor({ state: 'detached' });
    await stage.window({ as: 'dana' });
  });

  await step('somebody is added before they come', async () => {
    await boss.getByRole('button', { name: 'Add user' }).click();
    await dialog.getByLabel('Username').fill('frank');
    await dialog.getByLabel('Signs in through the provider').check();
    assert.equal(await dialog.getByLabel('Password').count(), 0);
    await dialog.getByRole('button', { name: 'Add user' }).click();
    await dialog.waitFor({ state: 'detached' });
    await boss.getByRole('row', { name: /frank.*Signs in through the provider/ }).waitFor();
  });

  await step('passwords are left to admins, and the button goes first', async () => {
    await boss.goto('/settings');
    await boss.getByLabel('Only admins sign in by a password').check();
    await boss.getByRole('button', { name: 'Save settings' }).click();
    await boss.getByText('The settings are saved.').waitFor();
    const other = await stage.window();
    await other.goto('/signin');
    await other.getByLabel('Username').fill('viewer');
    await other.getByLabel('Password').fill(PASSWORD);
    await other.getByRole('button', { name: 'Sign in', exact: true }).click();
    await other.getByText('Only admins sign in by a password here.').waitFor();
    assert.deepEqual(await axeViolations(other), []);
  });

  const { items } = await admin.call('audit.list', {
    query: { verb: 'providerFinish', limit: 50 },
  });
  assert.ok(items.length >= 5);
  assert.doesNotMatch(server.log(), /code=|"code":"[A-Za-z0-9_-]{30,}"/);
  // The provider's pages are its own, and one connection was broken on purpose.
  const expected = /fonts\.googleapis|ERR_NAME_NOT|ERR_INTERNET|net::ERR_FAILED/;
  const ours = stage.complaints().filter((text) => !expected.test(text));
  assert.deepEqual(ours, []);
});

/** Presses the button of the sign-in page, signs in on the provider's page, and agrees there. */
async function passPages(page: Page, { issuer }: TestProvider, login: string): Promise<void> {
  await page.getByRole('button', { name: BUTTON }).click();
  await page.waitForURL(`${issuer}/interaction/**`);
  const name = page.getByPlaceholder('Enter any login');
  if (await name.count()) {
    await name.fill(login);
    await page.getByPlaceholder('and password').fill('whatever');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.waitForURL(`${issuer}/interaction/**`);
  }
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL((url) => url.origin !== issuer);
}

/** Has somebody's last sign-in be so many days ago: nobody waits for that. */
async function age({ server: { dataDir } }: Stage, username: string, days: number): Promise<void> {
  const store = await openStore({ dataDir });
  try {
    await store.write(async (tx, changed) => {
      await tx
        .updateTable('users')
        .set({ provider_at: Date.now() - days * 86_400_000 })
        .where('username', '=', username)
        .execute();
      changed('users');
    });
  } finally {
    await store.close();
  }
}
