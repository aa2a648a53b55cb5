// The part of `npm run bench` about size: 50 environments on one process, and a document of 20 MB.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { machine } from '../lib/machine.mjs';
import { scratchFolder } from '../lib/stage.mjs';
import edgeSuite from '../suites/unleash-edge.mjs';
import { kinds, measureSet } from './measure.mjs';
import { markdown } from './report.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const worstStallMs = 30;

/**
 * Measures both runtimes and writes environments.md and .json into `out`.
 *
 * @returns false when a measurement or a request failed, or a bound does not hold and that is asked for
 */
export async function runEnvironmentsBenchmark(options, out, say) {
  const folder = scratchFolder(join(root, '.bench'));
  const subjects = edgeSuite.subjects.filter(({ id }) => id.startsWith('halyard-') && options.subjects.includes(id));
  const foreignLoad = watchForeignLoad();
  const results = { date: new Date().toISOString().slice(0, 10), machine: machine(), rows: [], problems: [] };
  try {
    for (const set of new Set(kinds.map((kind) => kind.set))) {
      for (const subject of subjects) {
        try {
          results.rows.push(...(await measureSet(set, subject, { options, scratch: folder.path, say })));
        } catch (error) {
          results.problems.push(`${subject.title}, ${set}: ${error.message}`);
          console.error(`Not measured: ${results.problems.at(-1)}`);
        }
      }
    }
  } finally {
    folder.remove();
  }
  results.versions = Object.fromEntries(subjects.map((subject) => [subject.title, subject.version()]));
  results.settings = { swaps: options.swaps };
  results.foreignLoad = foreignLoad();
  const titles = Object.fromEntries(subjects.map(({ id, title }) => [id, title]));
  const checks = checkRows(results.rows, titles);
  writeFileSync(join(out, 'environments.json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(join(out, 'environments.md'), markdown(results, titles, checks));
  for (const { claim, target, measured, ok } of checks)
    console.log(`${claim}: ${measured} (${target}) ${ok ? 'pass' : 'FAIL'}`);
  const failed = results.problems.length > 0 || results.rows.some((row) => row.failed > 0);
  if (failed) console.error('Requests or measurements failed: the run does not count.');
  return !failed && !(options.check && checks.some(({ ok }) => !ok));
}

function checkRows(rows, titles) {
  return rows.flatMap((row) => {
    const what = `${titles[row.subject]}, ${kinds.find(({ id }) => id === row.kind).title}`;
    return [
      { claim: `${what}: failed requests`, target: '0', measured: String(row.failed), ok: row.failed === 0 },
      {
        ...{ claim: `${what}: worst stall of a request`, target: `≤ ${worstStallMs} ms` },
        measured: `${row.stallMs.toFixed(1)} ms (${row.noiseMs.toFixed(1)} ms at other times)`,
        ok: row.stallMs <= worstStallMs,
      },
    ];
  });
}
