// The part of `npm run bench` about open streams: 5,000 of them on one process, and how soon a change reaches all.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { firstLine, machine } from '../lib/machine.mjs';
import { measureStreams } from './measure.mjs';
import { chart, markdown } from './report.mjs';

const setting = { count: 5_000, flags: 350 };
const promises = [
  {
    title: 'memory over idle',
    target: '< 150 MB',
    holds: (row) => row.megabytesOverIdle < 150,
    show: (row) => `${row.megabytesOverIdle} MB`,
  },
  {
    title: 'slowest update',
    target: '< 2,000 ms',
    holds: (row) => row.maxMs < 2_000,
    show: (row) => `${row.maxMs} ms`,
  },
];

/** Measures both runtimes and writes streams.md, .svg and .json into `out`. @returns false when a measurement failed, or a bound does not hold and that is asked for */
export async function runStreamBenchmark(options, out, say) {
  const foreignLoad = watchForeignLoad();
  const rows = [];
  const problems = [];
  for (const runtime of ['bun', 'node']) {
    try {
      const row = await measureStreams(runtime, {
        ...setting,
        rounds: options.rounds + 2,
        serverCore: options.serverCore,
      });
      rows.push(row);
      say(
        `streams ${runtime}: p50 ${row.p50Ms} ms, p99 ${row.p99Ms} ms, all after ${row.maxMs} ms, ${row.megabytesOverIdle} MB`,
      );
    } catch (error) {
      problems.push(`${runtime}: ${error.message}`);
      console.error(`Not measured: streams on ${runtime}: ${error.message}`);
    }
  }
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    version: firstLine('git', ['describe', '--always', '--dirty']),
    foreignLoad: foreignLoad(),
    problems,
    rows,
  };
  const checks = rows.flatMap((row) =>
    promises.map(({ title, target, holds, show }) => ({
      ...{ claim: `${row.runtime}: ${title}, ${row.streams} streams`, target },
      ...{ measured: show(row), ok: holds(row) },
    })),
  );
  const file = (extension) => join(out, `streams.${extension}`);
  writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(file('md'), markdown(results, checks));
  writeFileSync(file('svg'), chart(results));
  for (const { claim, target, measured, ok } of checks)
    console.log(`${claim}: ${measured} (${target}) ${ok ? 'pass' : 'FAIL'}`);
  return problems.length === 0 && !(options.check && checks.some(({ ok }) => !ok));
}
