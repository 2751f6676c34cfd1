import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasPart, type Lab, useLab as labOfThisRun, startLab } from '@sallyport/lab';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Person } from '../../scripts/rest.ts';
import { type RunningServer, startServer } from '../../server/test/server.ts';

export const PASSWORD = 'correct horse battery staple';

/** Chromium starts nothing here that would look for the internet, which a test machine may lack. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** How long something on a page may take on a machine that has other work. */
export const PATIENCE_MS = 120_000;
/** The browser's program; undefined where there is none. */
export const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);

/** What a test of the page needs: the real program, a real cluster, and a real browser. */
export interface Stage {
  readonly server: RunningServer;
  readonly lab: Lab;
  /** A folder that goes with the stage. */
  readonly folder: string;
  /** Sallyport's admin, by the REST API; there once {@link setUp} was called. */
  readonly admin: Person;
  /** Has something done at the end, before what the stage itself ends. */
  readonly defer: (cleanup: () => Promise<unknown> | unknown) => void;
  /** Makes the first admin by the API, for tests that are about something else. */
  readonly setUp: () => Promise<void>;
  /** A window of a new browser profile. Whatever it complains about fails the test. */
  readonly window: (options?: WindowOptions) => Promise<Page>;
  /** Runs the real kubectl to its end. */
  readonly kubectl: (kubeconfig: string, ...args: string[]) => Promise<KubectlResult>;
  /** What the browser's windows have complained about: errors, refused content, failed requests. */
  readonly complaints: () => readonly string[];
}

export interface StageOptions {
  /** Further flags of `serve`. */
  readonly serverArgs?: readonly string[];
  /** A cluster that no other test shares, for a test that stops it. */
  readonly ownCluster?: boolean;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WindowOptions extends BrowserContextOptions {
  /** Signed in as this person from the start. */
  readonly as?: string;
}

/**
 * Starts everything for one test file; ends it all when the test ends.
 *
 * @returns undefined where a part is missing here; the test is then skipped, with the reason
 * @throws where SALLYPORT_TEST_REQUIRE names the missing part
 */
export async function openStage(
  t: TestContext,
  { serverArgs = [], ownCluster = false }: StageOptions = {},
): Promise<Stage | undefined> {
  const noBrowser = CHROMIUM ? undefined : 'there is no Chromium; CHROMIUM may name one';
  if (!hasPart(t, 'browser', noBrowser)) return undefined;
  const lab = await (ownCluster ? startLab : labOfThisRun)({ pods: 'off' }).catch(
    (error: Error) => error,
  );
  if (lab instanceof Error) {
    hasPart(t, 'cluster', `there is no real API server: ${lab.message}`);
    return undefined;
  }
  const cleanups: Array<() => Promise<unknown> | unknown> = [];
  // In reverse: what was started last may need what was started before.
  t.after(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  const defer: Stage['defer'] = (cleanup) => {
    cleanups.push(cleanup);
  };
  defer(() => lab.stop());
  return raise(lab, serverArgs, defer);
}

async function raise(
  lab: Lab,
  serverArgs: readonly string[],
  defer: Stage['defer'],
): Promise<Stage> {
  execFileSync(process.execPath, [
    fileURLToPath(new URL('../build.ts', import.meta.url)),
    '--if-stale',
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-e2e-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(join(folder, 'data'), serverArgs);
  defer(() => server.kill('SIGTERM'));
  const admin = server.person();
  defer(() => admin.close());
  const browser = await chromium.launch({
    ...(CHROMIUM ? { executablePath: CHROMIUM } : {}),
    args: CHROMIUM_FLAGS,
    timeout: PATIENCE_MS,
  });
  defer(() => browser.close());
  const complaints: string[] = [];

  return {
    server,
    lab,
    folder,
    defer,
    admin,
    setUp: async () => {
      await admin.call('setup.complete', {
        body: { token: server.setupToken ?? '', username: 'admin', password: PASSWORD },
      });
    },
    window: (options = {}) => openWindow(browser, server, complaints, options),
    kubectl: (kubeconfig, ...args) => runKubectl(lab.kubectl ?? 'kubectl', kubeconfig, args),
    complaints: () => complaints,
  };
}

async function openWindow(
  browser: Browser,
  server: RunningServer,
  complaints: string[],
  { as, ...options }: WindowOptions,
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: server.url,
    // Chromium knows nothing of the CA that this very server made a moment ago.
    ignoreHTTPSErrors: true,
    acceptDownloads: true,
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('console', (message) => {
    const isRefusal = /the server responded with a status of 4\d\d/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isRefusal)
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (as) {
    await page.goto('/signin');
    await signIn(page, as);
  }
  return page;
}

/** Fills in the sign-in page, which is open, and waits until the person is inside. */
export async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('#content').waitFor();
}

function runKubectl(program: string, kubeconfig: string, args: string[]): Promise<KubectlResult> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache` };
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}
