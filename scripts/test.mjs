// `npm test`: installs what is missing, then format, lint, types, build and all tests. Ends with one line that counts.
// Arguments go to vitest: `npm test -- src/http`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bunBinary } from '../bin/bun.mjs';
import { hasComponent } from './lib/components.mjs';
import { root, setUp } from './lib/set-up.mjs';
import { testComponents } from './lib/test-components.mjs';

setUp();
bunBinary();
const folder = mkdtempSync(join(tmpdir(), 'halyard-test-'));
const report = join(folder, 'vitest.json');
const counts = { passed: 0, failed: 0, skipped: 0 };

try {
  check('Format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']);
  check('Types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  check('Build', ['scripts/build.mjs']);
  title('Tests');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const passed = node(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2)]);
  count(passed);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const missing = testComponents.filter((name) => !hasComponent(name));
if (missing.length > 0) {
  console.log(`\n*** NOT TESTED against the real ${missing.join(', ')}: not installed ("npm run components") ***`);
}
if (counts.skipped > 0) console.log(`\n${counts.skipped} skipped`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function check(name, args) {
  title(name);
  const passed = node(args);
  counts[passed ? 'passed' : 'failed']++;
  console.log(passed ? 'fine' : `${name}: FAILED`);
}

function title(name) {
  console.log(`\n=== ${name}`);
}

function node(args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** Adds up vitest's report. A file that failed as a whole counts as one failure; so does a run without a report. */
function count(passed) {
  const before = counts.failed;
  try {
    const results = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed += results.numPassedTests;
    counts.failed += results.numFailedTests;
    counts.skipped += results.numPendingTests + results.numTodoTests;
    for (const { status, assertionResults } of results.testResults) {
      if (status === 'failed' && !assertionResults.some((result) => result.status === 'failed')) counts.failed++;
    }
  } catch (error) {
    console.error(`There is no report of the tests: ${error.message}`);
  }
  if (!passed && counts.failed === before) counts.failed++;
}
