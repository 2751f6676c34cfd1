import type { BrowserContext, Page } from 'playwright-core';
import type { Stage } from './fixture.ts';

/** How a page came to be there, as the browser itself measured it. */
export interface Timing {
  /** From the navigation until something was painted, in milliseconds. */
  readonly firstPaint: number;
  /** Until what one came for stood there and the page answered. */
  readonly usable: number;
  /** Cumulative layout shift; up to 0.1 is good (web.dev/articles/cls). */
  readonly shift: number;
  readonly elements: number;
  /** Over the wire, the API's answers included. */
  readonly kilobytes: number;
}

/** Adds up in `shift` by how much a page has moved; for `addInitScript`. */
export const OBSERVE_SHIFT = `
  globalThis.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

/**
 * Waits for an element with such a text, looking with every frame: a locator looks every half
 * second in the end, which is no way to measure.
 */
export function appears(selector: string, text: RegExp) {
  return (page: Page) =>
    page.evaluate(`new Promise((resolve, reject) => {
      const isThere = () => [...document.querySelectorAll('${selector}')]
        .some((one) => ${text}.test(one.textContent));
      const look = () => (isThere() ? resolve() : requestAnimationFrame(look));
      setTimeout(reject, 30_000, new Error('${selector} with ${text.source} never appeared'));
      look();
    })`);
}

/** How long after that one watches for what still moves. */
const SETTLE_MS = 1_000;

/**
 * Opens a page with a cold cache, in a browser profile of its own that has only the session.
 *
 * @param signedIn a page of the one whose session it is
 * @param arrive waits for what one came for
 */
export async function timeOf(
  stage: Stage,
  signedIn: Page,
  path: string,
  arrive: (page: Page) => Promise<unknown>,
): Promise<Timing> {
  const cold = await stage.window({ storageState: await signedIn.context().storageState() });
  try {
    await cold.addInitScript(OBSERVE_SHIFT);
    const bytes = await countBytes(cold.context(), cold);
    await cold.goto(path, { waitUntil: 'commit' });
    await arrive(cold);
    const usable = Number(await cold.evaluate('performance.now()'));
    await cold.waitForTimeout(SETTLE_MS);
    const [firstPaint, shift, elements] = (await cold.evaluate(
      `[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1, globalThis.shift,
        document.querySelectorAll('*').length]`,
    )) as [number, number, number];
    return { firstPaint, usable, shift, elements, kilobytes: bytes() / 1000 };
  } finally {
    await cold.context().close();
  }
}

async function countBytes(context: BrowserContext, page: Page): Promise<() => number> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  return () => bytes;
}
