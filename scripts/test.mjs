// `npm test`: installs what is missing, then format, lint, types, build and all tests. Ends with what failed, and one line
// that counts.
// Arguments go to vitest: `npm test -- src/http`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bunBinary } from '../bin/bun.mjs';
import { hasComponent } from './lib/components.mjs';
import { root, setUp } from './lib/set-up.mjs';
import { testComponents } from './lib/test-components.mjs';
import { endOfRun, readTestReport } from './lib/test-report.mjs';

setUp();
bunBinary();
const folder = mkdtempSync(join(tmpdir(), 'halyard-test-'));
const report = join(folder, 'vitest.json');
const counts = { passed: 0, skipped: 0, failures: [] };

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
console.log(endOfRun(counts));
process.exitCode = counts.failures.length > 0 ? 1 : 0;

function check(name, args) {
  title(name);
  const passed = node(args);
  if (passed) counts.passed++;
  else counts.failures.push(name);
  console.log(passed ? 'fine' : `${name}: FAILED`);
}

function title(name) {
  console.log(`\n=== ${name}`);
}

function node(args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** Adds up vitest's report. A run without one is a failure. */
function count(passed) {
  try {
    const run = readTestReport(JSON.parse(readFileSync(report, 'utf8')), passed, root);
    counts.passed += run.passed;
    counts.skipped += run.skipped;
    counts.failures.push(...run.failures);
  } catch (error) {
    console.error(`There is no report of the tests: ${error.message}`);
    counts.failures.push('vitest (there is no report)');
  }
}
