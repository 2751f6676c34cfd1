/**
 * Makes the pictures of the documentation, from the real thing: `node web/e2e/screenshots.ts`. They
 * go to docs/images, one for light and one for dark where both are worth seeing.
 */
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStage } from './fixture.ts';
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
  'environment',
  'environment-health',
  'users',
  'user',
  'account',
  'grants',
  'grant-add',
  'grant-add-by-label',
  'access-person',
  'audit',
  'audit-detail',
  'settings',
];

test('the pictures of the documentation', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
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
