// The part of `npm run bench` about open streams: 5,000 of them on one process, and how soon a change reaches all.
import { onBothRuntimes } from '../lib/both-runtimes.mjs';
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
export function runStreamBenchmark(options, out, say) {
  const { serverCore } = options;
  const part = {
    name: 'streams',
    title: 'streams',
    measure: (runtime) => measureStreams(runtime, { ...setting, rounds: options.rounds + 2, serverCore }),
    say: (row, runtime) =>
      say(
        `streams ${runtime}: p50 ${row.p50Ms} ms, p99 ${row.p99Ms} ms, all after ${row.maxMs} ms, ${row.megabytesOverIdle} MB`,
      ),
    promises,
    about: (row) => `${row.streams} streams`,
    markdown,
    chart,
  };
  return onBothRuntimes(part, out, options.check);
}
