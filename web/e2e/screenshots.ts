/**
 * Makes the pictures of the documentation, from the real thing: `node web/e2e/screenshots.ts`. They
 * go to docs/images, one for light and one for dark where both are worth seeing.
 */
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStage, type Stage } from './fixture.ts';
import { VIEWS } from './pages.ts';
import { populate } from './populate.ts';

const FOLDER = fileURLToPath(new URL('../../docs/images', import.meta.url));
const PICTURES = [
  'signin',
  'home',
  'palette',
  'kubeconfig-dialog',
  'kubeconfig-saved',
  'kubeconfigs',
  'kubeconfig-renew',
  'all-kubeconfigs',
  'environments',
  'environment-add',
  'environment-add-several',
  'environment-add-by-command',
  'environment',
  'environment-health',
  'environment-manifests',
  'users',
  'user',
  'teams',
  'roles',
  'role-new',
  'account',
  'grants',
  'grant-add',
  'grant-add-by-label',
  'access-person',
  'access-namespace',
  'audit',
  'audit-detail',
  'live',
  'settings',
  'settings-certificate',
];

test('the pictures of the documentation', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  const { environmentIds } = await populate(stage);
  await sizesKnown(stage, environmentIds.length);
  mkdirSync(FOLDER, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    const inside = await stage.window({ colorScheme, reducedMotion: 'reduce', as: 'admin' });
    const outside = await stage.window({ colorScheme, reducedMotion: 'reduce' });
    for (const view of VIEWS.filter(({ name }) => PICTURES.includes(name))) {
      const page = view.outside ? outside : inside;
      await page.goto(view.path);
      await view.arrive(page);
      // The pointer would light up whatever it rests on.
      await page.mouse.move(0, 0);
      await page.evaluate('document.fonts.ready');
      await page.screenshot({
        path: `${FOLDER}/${view.name}-${colorScheme}.png`,
        animations: 'disabled',
      });
    }
  }
});

/** The size of a new environment's cluster is read a while after it was added. */
async function sizesKnown({ admin }: Stage, environments: number): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { items } = await admin.call('environments.list');
    if (items.filter(({ capacity }) => capacity !== null).length === environments) return;
    await delay(1_000);
  }
}
