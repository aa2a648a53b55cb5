/** What `npm test`, and with it CI, says at its end. */
import { expect, it } from 'vitest';
import { endOfRun, readTestReport, type VitestReport } from '../scripts/lib/test-report.mjs';

const result = (status: string, title: string) => ({ ancestorTitles: ['workers', 'on Bun'], title, status });
const report: VitestReport = {
  numPassedTests: 7,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    { name: '/home/halyard/src/a.test.ts', status: 'passed', assertionResults: [result('passed', 'is fine')] },
    {
      name: '/home/halyard/test/b.test.ts',
      status: 'failed',
      assertionResults: [result('passed', 'is fine'), result('failed', 'is ready'), result('failed', 'stays so')],
    },
    { name: '/home/halyard/test/c.test.ts', status: 'failed', assertionResults: [] },
  ],
};

it('names what failed at the end of the output, before the counts', () => {
  const { passed, skipped, failures } = readTestReport(report, false, '/home/halyard');
  expect(endOfRun({ passed: passed + 2, skipped, failures: ['Types', ...failures] }).split('\n')).toEqual([
    '',
    'Failed:',
    '  Types',
    '  test/b.test.ts > workers > on Bun > is ready',
    '  test/b.test.ts > workers > on Bun > stays so',
    '  test/c.test.ts (the file as a whole)',
    '',
    '3 skipped',
    '',
    '9 passed, 4 failed',
  ]);
});

it('a run in which all is well ends with its counts', () => {
  const [first] = report.testResults;
  const all = { ...report, numPendingTests: 0, numTodoTests: 0, testResults: first === undefined ? [] : [first] };
  expect(endOfRun(readTestReport(all, true, '/home/halyard'))).toBe('\n7 passed, 0 failed');
});

it('a run that ended badly without a failed test is a failure', () => {
  const { failures } = readTestReport({ ...report, testResults: [] }, false, '/home/halyard');
  expect(failures).toEqual(['vitest (its output says why)']);
});
