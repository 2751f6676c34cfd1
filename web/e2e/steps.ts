import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';

/**
 * The parts of one long test, each named in the report. After one that fails the others are skipped,
 * since they go on from where it should have ended.
 */
export function steps(t: TestContext) {
  let failed: string | undefined;
  return async (name: string, run: () => Promise<unknown>): Promise<void> => {
    await t.test(name, async (part) => {
      if (failed !== undefined) {
        part.skip(`after “${failed}” failed`);
        return;
      }
      failed = name;
      await run();
      failed = undefined;
    });
  };
}

/** Chooses in the box of environments that has this label, by the pointer. */
export async function chooseEnvironment(page: Page, label: string, name: string): Promise<void> {
  const box = page.getByRole('combobox', { name: label });
  await box.click();
  await page.getByRole('option', { name, exact: true }).click();
  await page.getByRole('listbox', { name: 'Environments' }).waitFor({ state: 'hidden' });
}
