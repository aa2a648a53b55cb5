import { relative } from 'node:path';

/**
 * What came of a run of vitest, from its JSON report. A file that failed as a whole counts as one failure; so does a run
 * that failed without saying why.
 *
 * @param report the parsed report
 * @param hasPassed whether vitest itself ended well
 * @param root names of files are told from there
 */
export function readTestReport(report, hasPassed, root) {
  const failures = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((result) => result.status === 'failed');
    if (failed.length > 0)
      return failed.map(({ ancestorTitles, title }) => [file, ...ancestorTitles, title].join(' > '));
    return status === 'failed' ? [`${file} (the file as a whole)`] : [];
  });
  if (!hasPassed && failures.length === 0) failures.push('vitest (its output says why)');
  return { passed: report.numPassedTests, skipped: report.numPendingTests + report.numTodoTests, failures };
}

/**
 * The end of the output: what failed, so that nobody has to search for it, and the counts on the very last line.
 *
 * @param counts passed and skipped ones, and the names of those that failed
 */
export function endOfRun({ passed, skipped, failures }) {
  const parts = [];
  if (failures.length > 0) parts.push(`Failed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  parts.push(`${passed} passed, ${failures.length} failed`);
  return parts.map((part) => `\n${part}`).join('\n');
}
