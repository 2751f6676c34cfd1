import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasPart } from '@sallyport/lab';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { SECURITY_HEADERS } from '../../server/src/api/page.ts';
import { config } from '../vite.config.ts';
import { axeViolations } from './axe.ts';
import { CHROMIUM, CHROMIUM_FLAGS, PATIENCE_MS } from './fixture.ts';

const COMPONENTS = fileURLToPath(new URL('../src/components', import.meta.url));
const GALLERY = fileURLToPath(new URL('../gallery', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};
/** These lay themselves over the page, or take it. */
const WHOLES = ['ConfirmDialog', 'Doorstep', 'FormDialog', 'ListPage', 'Overlay', 'PageHead'];

test('every component has an example that everybody can use, in both themes', async (t) => {
  const noBrowser = CHROMIUM ? undefined : 'there is no Chromium; CHROMIUM may name one';
  if (!hasPart(t, 'browser', noBrowser)) return;
  const url = await serveGallery(t);
  const browser = await chromium.launch({
    ...(CHROMIUM ? { executablePath: CHROMIUM } : {}),
    args: CHROMIUM_FLAGS,
    timeout: PATIENCE_MS,
  });
  t.after(() => browser.close());
  const page = await browser.newPage({ reducedMotion: 'reduce' });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));

  await page.goto(url);
  await page.getByRole('heading', { name: 'Components' }).waitFor();
  const shown = (await page.evaluate(
    `[...document.querySelectorAll('[data-component]')].map((part) => part.dataset.component)`,
  )) as string[];
  const files = readdirSync(COMPONENTS, { recursive: true, encoding: 'utf8' });
  const all = files.filter((file) => file.endsWith('.tsx')).map((file) => basename(file, '.tsx'));
  assert.deepEqual([...shown, ...WHOLES].sort(), all.sort(), 'one is missing in web/gallery');

  for (const [path, name] of [['', 'Components'] as const, ...WHOLES.map((n) => [n, n] as const)]) {
    await t.test(name, async () => {
      await page.goto(`${url}/${path}`);
      await page.locator('#root > *').first().waitFor();
      if (path === '') {
        await page.getByRole('button', { name: 'Say what was done' }).click();
        await page.getByRole('button', { name: 'Say what failed' }).click();
        await page.getByRole('button', { name: 'What to do with it' }).click();
        await page.getByRole('combobox', { name: 'Environment' }).press('ArrowDown');
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await axeViolations(page), [], colorScheme);
      }
    });
  }
  assert.deepEqual(complaints, []);
});

/** Builds the gallery as the page is built, and serves it under the page's own policy. */
async function serveGallery(t: TestContext): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'sallyport-gallery-'));
  t.after(() => rmSync(outDir, { recursive: true, force: true }));
  await build({
    ...config,
    root: GALLERY,
    logLevel: 'error',
    build: { ...config.build, outDir, emptyOutDir: true },
  });
  const server = createServer((request, response) => {
    const asset = /^\/assets\/[\w.-]+$/.exec(request.url ?? '')?.[0] ?? '/index.html';
    readFile(join(outDir, asset)).then(
      (content) => {
        response.setHeader('content-type', TYPES[extname(asset)] ?? 'image/svg+xml');
        for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
          response.setHeader(name, value);
        }
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
