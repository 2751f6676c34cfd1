import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { axeViolations } from './axe.ts';
import { openStage } from './fixture.ts';
import { VIEWS } from './pages.ts';
import { populate } from './populate.ts';

test('every page can be used by everybody', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);

  const inside = await stage.window({ as: 'admin' });
  const outside = await stage.window();
  for (const view of VIEWS) {
    await t.test(`axe finds nothing, in light and dark: ${view.name}`, async () => {
      const page = view.outside ? outside : inside;
      await page.goto(view.path);
      await view.arrive(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await axeViolations(page), [], colorScheme);
      }
    });
  }

  await t.test('nothing is wider than a narrow phone', async () => {
    const phone = await stage.window({ viewport: { width: 360, height: 740 }, as: 'admin' });
    const tooWide: string[] = [];
    for (const view of VIEWS.filter(({ outside }) => !outside)) {
      await phone.goto(view.path);
      await view.arrive(phone);
      if (await scrollsSideways(phone)) tooWide.push(view.name);
    }
    assert.deepEqual(tooWide, []);
  });

  await t.test('what the Tab key comes to is in sight', async () => {
    const phone = await stage.window({ viewport: { width: 360, height: 740 }, as: 'admin' });
    const hidden: string[] = [];
    // What sticks to the window, and what a narrow one leaves out, is on these.
    for (const view of VIEWS.filter(({ name }) => ['users', 'grants', 'settings'].includes(name))) {
      await phone.goto(view.path);
      await view.arrive(phone);
      for (let tabs = 0; tabs < 40; tabs += 1) {
        await phone.keyboard.press('Tab');
        const covered = await phone.evaluate(COVERED);
        if (covered) hidden.push(`${covered} of ${view.name}`);
      }
    }
    assert.deepEqual([...new Set(hidden)], []);
  });

  await t.test('the way around opens and closes on a phone', async () => {
    const phone = await stage.window({ viewport: { width: 360, height: 740 }, as: 'admin' });
    await phone.getByRole('button', { name: 'Menu' }).click();
    await phone.getByRole('link', { name: 'Users' }).click();
    await phone.getByRole('heading', { name: 'Users' }).waitFor();
    await phone.getByRole('link', { name: 'Users' }).waitFor({ state: 'hidden' });
  });

  await t.test(
    'a theme that was chosen outlives a reload, and is all that the browser keeps',
    async () => {
      const page = await stage.window({ colorScheme: 'light', as: 'admin' });
      await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
      await page.reload();
      await page.getByRole('heading', { name: 'Home' }).waitFor();
      const kept = await page.evaluate(`({
      dark: document.documentElement.classList.contains('pf-v6-theme-dark'),
      local: Object.keys(localStorage),
      session: Object.keys(sessionStorage),
    })`);
      assert.deepEqual(kept, { dark: true, local: ['sallyport.theme'], session: [] });
    },
  );

  await t.test('the browser complained about nothing, the content policy included', () => {
    assert.deepEqual(stage.complaints(), []);
  });
});

/** What has the focus, in words, where another element lies over the middle of it. */
const COVERED = `(() => {
  const focus = document.activeElement;
  if (focus === document.body) return '';
  const { left, top, width, height } = focus.getBoundingClientRect();
  const hit = document.elementFromPoint(left + width / 2, top + height / 2);
  const own = [focus, focus.closest('label'), ...(focus.labels ?? [])];
  const isSeen = own.some((one) => one?.contains(hit)) || hit?.contains(focus);
  return isSeen ? '' : focus.ariaLabel || focus.labels?.[0]?.textContent || focus.textContent;
})()`;

function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > innerWidth');
}
