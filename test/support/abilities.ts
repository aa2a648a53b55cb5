/** Tests that need more of the machine than others: where it lacks something, they are skipped by name, never silently. */
import { spawnSync } from 'node:child_process';

/** Whether the system lets ordinary programs have networks, users and limits of their own (Linux, and not every container). */
export const allowsNamespaces = spawnSync('unshare', ['--map-root-user', '--net', 'true']).status === 0;

/**
 * True when a test can run here. When it cannot, says so loudly and returns false; on CI it throws instead where the
 * machine could do it and only lacks a program.
 *
 * @param missing what is not there
 * @param purpose the test, by what it is about
 * @param couldBe true: somebody can install or switch on what is missing
 */
export function ableOrSkip(able: boolean, missing: string, purpose: string, couldBe: boolean): boolean {
  if (able) return true;
  const text = `${missing}: ${purpose} did NOT run`;
  if (couldBe && process.env.CI === 'true') throw new Error(text);
  console.warn(`\n*** SKIPPED: ${text} ***\n`);
  return false;
}
