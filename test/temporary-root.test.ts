import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import useTemporaryRoot from './support/temporary-root.ts';

it('temporary files of tests, and of what they start, are in one folder of the run', () => {
  expect(basename(tmpdir())).toMatch(/^halyard-tests-/);
});

it('that folder goes with all that was left in it', () => {
  const outer = tmpdir();
  const remove = useTemporaryRoot();
  const own = tmpdir();
  expect(dirname(own)).toBe(outer);
  writeFileSync(join(mkdtempSync(join(own, 'halyard-forgotten-')), 'file'), 'left by a test that failed');
  remove();
  expect(existsSync(own)).toBe(false);
  expect(tmpdir()).toBe(outer);
});
