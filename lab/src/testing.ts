import type { TestContext } from 'node:test';

/** The parts that a machine may lack and that SALLYPORT_TEST_REQUIRE may ask for. */
export type Part = 'cluster' | 'pods' | 'browser' | 'postgres' | 'helm' | 'nginx' | 'haproxy';

/**
 * For a test of what this machine may not have: returns whether it is there. Where it is not, the
 * test is skipped with the reason, or fails where SALLYPORT_TEST_REQUIRE (a comma list) names it.
 * @param reason why the part is missing, or undefined where it is there
 */
export function hasPart(t: TestContext, part: Part, reason: string | undefined): boolean {
  if (reason === undefined) return true;
  const required = (process.env.SALLYPORT_TEST_REQUIRE ?? '').split(',');
  if (required.includes(part)) throw new Error(`${part} is required here, but ${reason}`);
  t.skip(reason);
  return false;
}
