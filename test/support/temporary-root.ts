import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * For vitest: everything that tests and the programs which they start write to the system's place for temporary files
 * goes into one folder, which is removed when all tests have ended, whatever came of them.
 *
 * @returns what removes it
 */
export default function useTemporaryRoot(): () => void {
  const before = process.env.TMPDIR;
  const root = mkdtempSync(join(tmpdir(), 'halyard-tests-'));
  // PostgreSQL, which does not run as root, has to get through.
  chmodSync(root, 0o755);
  process.env.TMPDIR = root;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    // What a program that was killed still writes can make a removal fail.
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}
