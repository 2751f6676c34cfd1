import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { FAMILY, SAMPLE, STAND_INS } from '../typeface.ts';
import { openStage, signIn } from './fixture.ts';
import { populate } from './populate.ts';
import { steps } from './steps.ts';
import { OBSERVE_SHIFT } from './timings.ts';

/** How far a stand-in may set a text wider or narrower than ours: kerning is not reckoned with. */
const TOLERANCE = 0.015;
/** Far below what is felt as a jump, which begins at 0.1 (web.dev/articles/cls). */
const MOST_SHIFT = 0.01;

test('the page is drawn in a typeface that Sallyport serves', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await populate(stage);
  const step = steps(t);
  const page = await stage.window();
  const fonts: string[] = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'font') fonts.push(request.url());
  });

  await step('sign-in and Home are drawn in it, whatever this machine has', async () => {
    await page.goto('/signin');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await assertOurs(page, ['h1', 'label', 'button[type=submit]']);
    await signIn(page, 'admin');
    await page.getByRole('row', { name: /staging/ }).waitFor();
    await assertOurs(page, ['h1', 'thead th', 'tbody .sp-table__main', 'nav a']);
  });

  await step('it is asked for once, and the page says so at its beginning', async () => {
    assert.equal(fonts.length, 1);
    const preloaded = page.locator('link[rel=preload][as=font]');
    assert.equal(new URL((await preloaded.getAttribute('href')) ?? '', page.url()).href, fonts[0]);
  });

  await step('it is served as what it is, for ever, and not compressed twice', async () => {
    const { pathname } = new URL(fonts[0] ?? '');
    const answer = await stage.admin.fetch(pathname, {
      headers: { 'accept-encoding': 'br, gzip' },
    });
    assert.equal(answer.headers.get('content-type'), 'font/woff2');
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(answer.headers.get('content-encoding'), null);
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString('latin1', 0, 4), 'wOF2');
  });

  await step('its licence comes with it', async () => {
    const answer = await stage.admin.fetch('/licenses/inter.txt');
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(await answer.text(), /Inter Project Authors[\s\S]+SIL OPEN FONT LICENSE/);
  });

  await step('letters of other languages come when one is shown', async () => {
    await stage.admin.call('roles.create', {
      body: {
        name: 'Zażółć',
        description: '',
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      },
    });
    await page.goto('/roles');
    await page.getByRole('row', { name: /Zażółć/ }).waitFor();
    await page.evaluate('document.fonts.ready');
    assert.deepEqual(await drawnIn(page, 'tbody tr:last-child .sp-table__main'), [true]);
    assert.equal(fonts.filter((url) => url.includes('/inter-letters-')).length, 1);
  });

  await step('figures in columns are of one width, and only those', async () => {
    const [tabular, plain] = await Promise.all(
      ['tabular-nums', 'normal'].map(async (numeric) => [
        await widthOf(page, '1111', { 'font-variant-numeric': numeric }),
        await widthOf(page, '0000', { 'font-variant-numeric': numeric }),
      ]),
    );
    assert.equal(tabular?.[0], tabular?.[1]);
    assert.notEqual(plain?.[0], plain?.[1]);
  });

  await step('what is typed is shown as it is typed', async () => {
    // Inter would draw an arrow, as wide as something else.
    const apart = (await widthOf(page, '-', {})) + (await widthOf(page, '>', {}));
    assert.ok(Math.abs((await widthOf(page, '->', {})) - apart) < 1);
  });

  await t.test('a typeface of the system’s that stands in is as wide', async (context) => {
    let tried = 0;
    for (const { family } of STAND_INS) {
      for (const weight of ['400', '600']) {
        if (!(await hasFace(page, family, weight))) continue;
        tried += 1;
        const style = { 'font-weight': weight };
        const ours = await widthOf(page, SAMPLE, style);
        const theirs = await widthOf(page, SAMPLE, { ...style, 'font-family': `"${family}"` });
        context.diagnostic(`${family} ${weight}: ${(theirs / ours).toFixed(4)}`);
        assert.ok(Math.abs(theirs / ours - 1) < TOLERANCE, `${family} ${weight}: ${theirs / ours}`);
      }
    }
    if (tried === 0) context.skip('this machine has none of them');
  });

  await t.test('nothing jumps when it comes late', async (context) => {
    const hasStandIn = await Promise.all(
      STAND_INS.map(({ family }) => hasFace(page, family, '400')),
    );
    if (!hasStandIn.includes(true)) {
      context.skip('this machine has no typeface that could stand in');
      return;
    }
    const storageState = await page.context().storageState();
    const late = await stage.window({ storageState });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await late.route('**/*.woff2', async (route) => {
      await held;
      await route.continue();
    });
    await late.addInitScript(OBSERVE_SHIFT);
    await late.goto('/', { waitUntil: 'commit' });
    await late.getByRole('row', { name: /staging/ }).waitFor();
    await late.getByRole('row', { name: /build farm/ }).waitFor();
    const before = await sizes(late);
    const shiftBefore = Number(await late.evaluate('globalThis.shift'));
    assert.deepEqual(await drawnIn(late, 'h1'), [false]);
    release();
    await late.evaluate('document.fonts.ready');
    // What has moved is told of with the frame after the next.
    await late.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))',
    );
    assert.deepEqual(await drawnIn(late, 'h1'), [true]);
    const shift = Number(await late.evaluate('globalThis.shift')) - shiftBefore;
    context.diagnostic(`layout shift ${shift}`);
    assert.ok(shift < MOST_SHIFT, `shift ${shift}`);
    assert.deepEqual(await sizes(late), before, 'every line is as high as before');
  });

  assert.deepEqual(stage.complaints(), []);
});

/** Asks the browser itself which font files an element was drawn with. */
async function assertOurs(page: Page, selectors: readonly string[]): Promise<void> {
  await page.evaluate('document.fonts.ready');
  assert.equal(await page.evaluate(`document.fonts.check('14px "${FAMILY}"')`), true);
  for (const selector of selectors) {
    assert.deepEqual(await drawnIn(page, selector), [true], selector);
  }
}

/** @returns for each font of the first such element: did the page bring it? */
async function drawnIn(page: Page, selector: string): Promise<boolean[]> {
  const devtools = await page.context().newCDPSession(page);
  try {
    await devtools.send('DOM.enable');
    await devtools.send('CSS.enable');
    const { root } = await devtools.send('DOM.getDocument');
    const { nodeId } = await devtools.send('DOM.querySelector', { nodeId: root.nodeId, selector });
    const { fonts } = await devtools.send('CSS.getPlatformFontsForNode', { nodeId });
    return fonts.map(({ isCustomFont }) => isCustomFont);
  } finally {
    await devtools.detach();
  }
}

/** How wide the page sets a text on one line, so large that a rounded pixel is nothing. */
async function widthOf(page: Page, text: string, style: Record<string, string>): Promise<number> {
  const all = { position: 'absolute', 'font-size': '100px', 'white-space': 'nowrap', ...style };
  const width = await page.evaluate(`(() => {
    const probe = document.createElement('span');
    probe.textContent = ${JSON.stringify(text)};
    for (const [name, value] of Object.entries(${JSON.stringify(all)})) {
      probe.style.setProperty(name, value);
    }
    document.body.append(probe);
    const { width } = probe.getBoundingClientRect();
    probe.remove();
    return width;
  })()`);
  return Number(width);
}

/** Is there such a typeface on this machine? */
async function hasFace(page: Page, family: string, weight: string): Promise<boolean> {
  const loaded = `document.fonts.load('${weight} 14px "${family}"')`;
  return (await page.evaluate(`${loaded}.then((faces) => faces.length > 0, () => false)`)) === true;
}

/** How high everything with text is, from the top of the page to its end. */
function sizes(page: Page): Promise<unknown> {
  return page.evaluate(
    `[...document.querySelectorAll('h1, p, label, thead th, tbody td, nav a, button')]
      .map((one) => Math.round(one.getBoundingClientRect().height))`,
  );
}
