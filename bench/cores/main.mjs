// The part of `npm run bench` about workers: one and two of them, on one core and on two.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { machine } from '../lib/machine.mjs';
import { scratchFolder } from '../lib/stage.mjs';
import { missing } from '../suites/common.mjs';
import edgeSuite from '../suites/unleash-edge.mjs';
import { measureGroups } from './measure.mjs';
import { chart, markdown } from './report.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const loads = [
  { dataset: 'small', workload: 'fixed' },
  { dataset: 'large', workload: 'random' },
];

/** Measures and writes cores.md, .svg and .json into `out`. @returns false when requests failed, or a bound does not hold and that is asked for */
export async function runCoresBenchmark(options, out, say) {
  const folder = scratchFolder(join(root, '.bench'));
  const subjects = edgeSuite.subjects.filter((subject) => !subject.limit && missing(subject) === undefined);
  const run = { suite: edgeSuite, subjects, options, scratch: folder.path, say };
  const foreignLoad = watchForeignLoad();
  const results = { date: new Date().toISOString().slice(0, 10), machine: machine(), rows: [] };
  try {
    for (const load of loads) results.rows.push(...(await measureGroups(load, run)));
  } finally {
    folder.remove();
  }
  results.versions = Object.fromEntries(subjects.map((subject) => [subject.title, subject.version()]));
  results.settings = { rounds: options.rounds, seconds: options.seconds };
  results.foreignLoad = foreignLoad();
  const checks = checkGroups(results.rows);
  const file = (extension) => join(out, `cores.${extension}`);
  writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(file('md'), markdown(results, checks));
  writeFileSync(file('svg'), chart(results));
  for (const { claim, target, measured, ok } of checks)
    console.log(`${claim}: ${measured} (${target}) ${ok ? 'pass' : 'FAIL'}`);
  const failed = results.rows.some((row) => row.failed > 0);
  if (failed) console.error('Requests failed: the run does not count.');
  return !failed && !(options.check && checks.some(({ ok }) => !ok));
}

/** What two workers promise beside one with the same cores: hardly more CPU time per request, and about as many connections each. */
function checkGroups(rows) {
  const pairs = rows
    .filter(({ workers, cores }) => workers === 2 && cores === 2)
    .map((two) => [two, rows.find((row) => row.workers === 1 && row.cores === 2 && isSameLoad(row, two))]);
  return pairs.flatMap(([two, one]) => {
    const ratio = one.cpuMicroseconds / two.cpuMicroseconds;
    const what = `${two.title}, ${two.load}`;
    return [
      {
        claim: `${what}: requests per CPU-second of two workers, against one`,
        ...{ target: '≥ 0.90', measured: ratio.toFixed(2), ok: ratio >= 0.9 },
      },
      {
        claim: `${what}: connections of the busier worker`,
        ...{ target: '≤ 0.60', measured: two.busiestShare.toFixed(2), ok: two.busiestShare <= 0.6 },
      },
    ];
  });
}

const isSameLoad = (a, b) => a.subject === b.subject && a.load === b.load;
