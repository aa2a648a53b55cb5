// The part of `npm run bench` about OpenFeature's event streams: 10,000 of them on one process, and how their clients come
// back after a change.
import { onBothRuntimes } from '../lib/both-runtimes.mjs';
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
export function runOfrepStreamBenchmark(options, out, say) {
  const { serverCore, clientCore } = options;
  const part = {
    name: 'ofrep-streams',
    title: 'event streams',
    measure: (runtime) => measureOfrepStreams(runtime, { ...setting, serverCore, clientCore }),
    say: (row, runtime) => {
      for (const { id, told, notModifiedShare, busiestPerSecond } of row.storms)
        say(`ofrep-streams ${runtime}, ${id}: told ${told}, 304 ${notModifiedShare}, at most ${busiestPerSecond}/s`);
    },
    promises,
    markdown,
    chart,
  };
  return onBothRuntimes(part, out, options.check);
}
