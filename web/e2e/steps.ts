import type { TestContext } from 'node:test';

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
