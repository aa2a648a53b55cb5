// The part of `npm run bench` about OpenFeature's event streams: 10,000 of them on one process, and how their clients come
// back after a change.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { firstLine, machine } from '../lib/machine.mjs';
import { measureOfrepStreams } from './measure.mjs';
import { chart, markdown } from './report.mjs';

const setting = { count: 10_000, flags: 350 };
/** Twice the rate at which clients are told. */
const busiest = 4_000;
const of = (row, id) => row.storms.find((storm) => storm.id === id);
const most = (row, pick) => Math.max(...row.storms.map(pick));
const promises = [
  {
    title: 'everybody is told and comes back, with 200 or 304',
    target: 'all',
    holds: (row) =>
      row.storms.every(
        ({ told, fetched, statuses }) =>
          told === row.streams && fetched === row.streams && (statuses[200] ?? 0) + (statuses[304] ?? 0) === fetched,
      ),
    show: (row) => row.storms.map(({ fetched }) => fetched.toLocaleString('en-US')).join(', '),
  },
  {
    title: 'memory per stream',
    target: '< 40 kB',
    holds: (row) => row.kilobytesPerStream < 40,
    show: (row) => `${row.kilobytesPerStream} kB`,
  },
  {
    title: 'requests/s in the busiest quarter of a second',
    target: `< ${busiest.toLocaleString('en-US')}`,
    holds: (row) => most(row, ({ busiestPerSecond }) => busiestPerSecond) < busiest,
    show: (row) => most(row, ({ busiestPerSecond }) => busiestPerSecond).toLocaleString('en-US'),
  },
  {
    title: '304 where no answer changes',
    target: '100 %',
    holds: (row) => of(row, 'nobody').notModifiedShare === 1,
    show: (row) => `${of(row, 'nobody').notModifiedShare * 100} %`,
  },
  {
    title: '304 where one in ten gets other flags',
    target: '> 85 %',
    holds: (row) => of(row, 'some').notModifiedShare > 0.85,
    show: (row) => `${(of(row, 'some').notModifiedShare * 100).toFixed(1)} %`,
  },
];

/**
 * Measures both runtimes and writes ofrep-streams.md, .svg and .json into `out`.
 *
 * @returns false when a measurement failed, or a bound does not hold and that is asked for
 */
export async function runOfrepStreamBenchmark(options, out, say) {
  const foreignLoad = watchForeignLoad();
  const rows = [];
  const problems = [];
  for (const runtime of ['bun', 'node']) {
    try {
      const { serverCore, clientCore } = options;
      const row = await measureOfrepStreams(runtime, { ...setting, serverCore, clientCore });
      rows.push(row);
      for (const { id, told, notModifiedShare, busiestPerSecond } of row.storms)
        say(`ofrep-streams ${runtime}, ${id}: told ${told}, 304 ${notModifiedShare}, at most ${busiestPerSecond}/s`);
    } catch (error) {
      problems.push(`${runtime}: ${error.message}`);
      console.error(`Not measured: event streams on ${runtime}: ${error.message}`);
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
      ...{ claim: `${row.runtime}: ${title}`, target, measured: show(row), ok: holds(row) },
    })),
  );
  const file = (extension) => join(out, `ofrep-streams.${extension}`);
  writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(file('md'), markdown(results, checks));
  writeFileSync(file('svg'), chart(results));
  for (const { claim, target, measured, ok } of checks)
    console.log(`${claim}: ${measured} (${target}) ${ok ? 'pass' : 'FAIL'}`);
  return problems.length === 0 && !(options.check && checks.some(({ ok }) => !ok));
}
