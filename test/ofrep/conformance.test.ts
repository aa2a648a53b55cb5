/** Every requirement has a test, and the page that says so is up to date. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { conformancePage, testsByRequirement } from '../../scripts/lib/ofrep-conformance.mjs';
import { repositoryRoot } from '../support/subjects.ts';
import { requirements } from './requirements.ts';

const tests = testsByRequirement(join(repositoryRoot, 'test/ofrep'));

it('every requirement is named by a test', () => {
  const without = Object.keys(requirements).filter((number) => (tests.get(Number(number)) ?? []).length === 0);
  expect(without).toEqual([]);
});

it('tests name only requirements that exist', () => {
  expect([...tests.keys()].filter((number) => !(number in requirements))).toEqual([]);
});

it('docs/ofrep-conformance.md is what "npm run docs" writes', () => {
  expect(readFileSync(join(repositoryRoot, 'docs/ofrep-conformance.md'), 'utf8')).toBe(
    conformancePage(requirements, tests),
  );
});
