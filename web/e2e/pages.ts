import type { Page } from 'playwright-core';
import { PASSWORD } from './fixture.ts';

/** A state of the page that is worth looking at: by axe, and in the documentation. */
export interface View {
  readonly name: string;
  readonly path: string;
  /** Nobody is signed in. */
  readonly outside?: true;
  /** What to do once the page stands, until it shows what is meant. */
  readonly arrive: (page: Page) => Promise<unknown>;
}

const press = (page: Page, name: string | RegExp) =>
  page
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .click();
const heading = (name: string) => (page: Page) =>
  page.getByRole('heading', { name, exact: true }).waitFor();
const row = (text: string) => (page: Page) =>
  page
    .getByRole('row', { name: new RegExp(text) })
    .first()
    .waitFor();

/** Opens a dialog by its button and waits for something in it. */
const dialog = (button: string | RegExp, text: string | RegExp) => async (page: Page) => {
  await press(page, button);
  await page.getByRole('dialog').getByText(text).first().waitFor();
};

/** Opens the menu of a row and chooses from it. */
const fromMenu = (rowName: string, item: string, text: string | RegExp) => async (page: Page) => {
  await press(page, `What to do with ${rowName}`);
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').getByText(text).first().waitFor();
};

async function chooseTwo(page: Page): Promise<void> {
  await press(page, 'Kubeconfig');
  await page.getByLabel('production-eu').check();
  await page.getByLabel('staging').check();
  await page.getByText('2 of 4 selected').waitFor();
}

async function grantByLabel(page: Page): Promise<void> {
  await press(page, 'Add grant');
  await page.getByRole('radio', { name: 'Those with certain labels' }).check();
  await page.getByLabel('Labels of the environments').fill('env=prod');
  await page.getByRole('radio', { name: 'Namespaces with certain labels' }).check();
  await page.getByText(/^2 environments: /).waitFor();
}

async function openPalette(page: Page): Promise<void> {
  await row('staging')(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('option', { name: 'Go to Settings' }).waitFor();
}

async function download(page: Page): Promise<void> {
  await chooseTwo(page);
  await press(page, 'Download File');
  await page.getByText('export KUBECONFIG').waitFor();
}

/** Every page and every dialog, for a Sallyport that populate.ts has filled. */
export const VIEWS: readonly View[] = [
  { name: 'signin', path: '/signin', outside: true, arrive: heading('Sign in') },
  { name: 'setup', path: '/setup', outside: true, arrive: heading('Already set up') },
  { name: 'lost', path: '/nowhere', arrive: heading('There is nothing here') },
  { name: 'home', path: '/', arrive: row('staging') },
  { name: 'home-nothing-found', path: '/?q=nothing', arrive: heading('Nothing matches “nothing”') },
  {
    name: 'home-filtered',
    path: '/?label=env%3Dprod&sort=-name',
    arrive: (page) => page.getByText('2 of 4 environments').waitFor(),
  },
  { name: 'palette', path: '/', arrive: openPalette },
  { name: 'kubeconfig-dialog', path: '/', arrive: chooseTwo },
  { name: 'kubeconfig-saved', path: '/', arrive: download },
  { name: 'kubeconfigs', path: '/kubeconfigs', arrive: row('laptop') },
  {
    name: 'kubeconfig-revoke',
    path: '/kubeconfigs',
    arrive: fromMenu('laptop', 'Revoke', 'Whatever uses this file'),
  },
  {
    name: 'kubeconfig-renew',
    path: '/kubeconfigs',
    arrive: fromMenu('workshop', 'Renew', /^Until /),
  },
  {
    name: 'kubeconfig-rename',
    path: '/kubeconfigs',
    arrive: fromMenu('laptop', 'Rename', 'The name stands in this list alone'),
  },
  {
    name: 'kubeconfigs-revoke-all',
    path: '/kubeconfigs',
    arrive: dialog('Revoke all', /stop working/),
  },
  { name: 'all-kubeconfigs', path: '/all-kubeconfigs', arrive: row('laptop') },
  {
    name: 'all-kubeconfigs-revoke',
    path: '/all-kubeconfigs?username=admin',
    arrive: dialog('Revoke all admin’s kubeconfigs', /stop working/),
  },
  { name: 'account', path: '/account', arrive: row('terraform') },
  {
    name: 'second-factor-set-up',
    path: '/account',
    arrive: async (page) => {
      await press(page, 'Set up a second factor');
      await page.getByLabel('Your password').fill(PASSWORD);
      await press(page, 'Continue');
      await page.getByRole('img', { name: /QR code/ }).waitFor();
    },
  },
  { name: 'token-dialog', path: '/account', arrive: dialog('Make a token', 'What will use it') },
  { name: 'environments', path: '/environments', arrive: row('staging') },
  {
    name: 'environment-add',
    path: '/environments',
    arrive: dialog('Add environment', 'How Sallyport reaches it'),
  },
  {
    name: 'environment-add-by-command',
    path: '/environments',
    arrive: async (page) => {
      await press(page, 'Add environment');
      await page.getByRole('radio', { name: 'A command for the cluster' }).check();
      await page.getByRole('region', { name: '1. Run this as an admin' }).waitFor();
    },
  },
  {
    name: 'environment-add-several',
    path: '/environments',
    arrive: async (page) => {
      await press(page, 'Add environment');
      const contexts = [{ name: 'staging' }, { name: 'another' }];
      await page.getByRole('textbox', { name: 'Kubeconfig' }).fill(JSON.stringify({ contexts }));
      await page.getByLabel('Name for staging').waitFor();
    },
  },
  {
    name: 'environment-check',
    path: '/environments',
    arrive: fromMenu('staging', 'Check again', 'It answers'),
  },
  {
    name: 'environment-edit',
    path: '/environments',
    arrive: fromMenu('staging', 'Edit', 'A new name'),
  },
  {
    name: 'environment-credential',
    path: '/environments',
    arrive: fromMenu('staging', 'Replace credential', 'It is tried first'),
  },
  {
    name: 'environment-remove',
    path: '/environments',
    arrive: fromMenu('staging', 'Remove', 'grants end'),
  },
  {
    name: 'environment',
    path: '/environments/4',
    arrive: (page) => page.getByText('People who may enter').waitFor(),
  },
  {
    name: 'environment-health',
    path: '/environments/4?part=health',
    arrive: async (page) => {
      await page.getByText('As a table').click();
      await page.getByRole('region', { name: 'Health as a table' }).waitFor();
    },
  },
  { name: 'environment-grants', path: '/environments/4?part=grants', arrive: row('payments') },
  {
    name: 'environment-live',
    path: '/environments/4?part=live',
    arrive: (page) => page.getByText('Nothing is open to this environment.').waitFor(),
  },
  {
    name: 'environment-kubeconfigs',
    path: '/environments/4?part=kubeconfigs',
    arrive: row('laptop'),
  },
  {
    name: 'environment-manifests',
    path: '/environments/4?part=manifests',
    arrive: (page) => page.getByRole('region', { name: 'Run this as an admin' }).waitFor(),
  },
  { name: 'users', path: '/users', arrive: row('dana') },
  { name: 'user', path: '/users/2', arrive: row('payments') },
  {
    name: 'users-bulk',
    path: '/users',
    arrive: async (page) => {
      await page.getByRole('checkbox', { name: 'Select dana' }).check();
      await dialog('Disable', 'They cannot sign in')(page);
    },
  },
  { name: 'user-add', path: '/users', arrive: dialog('Add user', 'They can sign in at once') },
  {
    name: 'user-menu',
    path: '/users',
    arrive: async (page) => {
      await press(page, 'What to do with dana');
      await page.getByRole('menuitem', { name: 'Disable' }).waitFor();
    },
  },
  {
    name: 'user-password',
    path: '/users',
    arrive: fromMenu('dana', 'Reset password', 'Their sign-ins end'),
  },
  { name: 'teams', path: '/teams', arrive: row('payments') },
  { name: 'team-members', path: '/teams', arrive: dialog(/1 member/, 'dana') },
  { name: 'roles', path: '/roles', arrive: row('Support') },
  {
    name: 'role',
    path: '/roles/5',
    arrive: (page) => page.getByText('A shell in a container').first().waitFor(),
  },
  {
    name: 'role-builtin',
    path: '/roles/4',
    arrive: (page) => page.getByText('Everything: all verbs').waitFor(),
  },
  {
    name: 'role-new',
    path: '/roles/new',
    arrive: (page) => page.getByText('kind: ClusterRole').waitFor(),
  },
  {
    name: 'role-change',
    path: '/roles/5',
    arrive: dialog('Save', 'No grant that is in force names this role'),
  },
  {
    name: 'role-delete',
    path: '/roles',
    arrive: fromMenu('Support', 'Delete', 'No grant that is in force names this role'),
  },
  { name: 'grants', path: '/grants', arrive: row('payments') },
  { name: 'grant-add', path: '/grants', arrive: dialog('Add grant', 'production-eu') },
  { name: 'grant-add-by-label', path: '/grants', arrive: grantByLabel },
  {
    name: 'grant-edit',
    path: '/grants?q=payments',
    arrive: async (page) => {
      await press(page, /^What to do with the grant/);
      await page.getByRole('menuitem', { name: 'Edit' }).click();
      await page.getByRole('dialog').getByText('Why they have it').waitFor();
    },
  },
  { name: 'access', path: '/access', arrive: heading('Access') },
  {
    name: 'access-person',
    path: '/access?userId=1',
    arrive: (page) => page.getByText('May enter').first().waitFor(),
  },
  {
    name: 'access-namespace',
    path: '/access?ask=namespace&namespace=payments',
    arrive: (page) => page.getByText('Who can reach payments').waitFor(),
  },
  { name: 'audit', path: '/audit', arrive: row('kubeconfigs') },
  {
    name: 'audit-filters',
    path: '/audit?verb=create',
    arrive: (page) => page.getByLabel('Verb').waitFor(),
  },
  {
    name: 'audit-environments',
    path: '/audit',
    arrive: async (page) => {
      await page.getByRole('combobox', { name: 'Environment' }).click();
      await page.getByRole('option', { name: 'production-eu' }).waitFor();
    },
  },
  {
    name: 'audit-nothing-found',
    path: '/audit?username=nobody-at-all',
    arrive: heading('No event matches'),
  },
  { name: 'audit-detail', path: '/audit?q=grants', arrive: dialog(/grants/, 'Request ID') },
  { name: 'live', path: '/live', arrive: row('watch configmaps') },
  {
    name: 'live-end',
    path: '/live',
    arrive: dialog(/End watch configmaps/, 'It ends at once'),
  },
  { name: 'live-nothing-open', path: '/live?q=nothing', arrive: heading('Nothing open matches') },
  {
    name: 'settings-provider',
    path: '/settings',
    arrive: dialog('Set up a provider', 'Its https:// address'),
  },
  {
    name: 'settings-backup',
    path: '/settings',
    arrive: dialog('Download a backup', 'Passphrase of the file'),
  },
  {
    name: 'settings-certificate',
    path: '/settings',
    arrive: dialog('Upload a certificate', 'Certificate chain'),
  },
  { name: 'settings', path: '/settings', arrive: heading('Kubeconfig expiry') },
];
