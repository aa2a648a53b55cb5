// Data sets that are compared: in what order their loads are measured, and what comes out of it.
import { median } from '../lib/statistics.mjs';
import { subjects } from './subjects.mjs';
import { datasets, workloads } from './workloads.mjs';

/** Times the usual warm-up: one set must not be measured while more of its code is still to be compiled than of another's. */
export const warmupTimes = 3;

/**
 * The loads of one round. Those that differ by nothing but the data set follow each other, so that a slow minute of the
 * machine meets all of them; which of them begins changes by the round: A B C, B C A, C A B.
 *
 * @param rows `{dataset, workload, subject}` each, `subject` being an id
 * @param round from 1
 */
export const orderOfRound = (rows, round) =>
  Object.keys(workloads).flatMap((workload) =>
    subjects.flatMap(({ id }) =>
      rotated(
        rows.filter((row) => row.workload === workload && row.subject === id),
        round - 1,
      ),
    ),
  );

function rotated(list, by) {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

/**
 * How fast a row is beside the one of the data set that its own is compared with: CPU time per request of that one by its own,
 * the median of the ratios of each round. Undefined where it is compared with none.
 */
export function speedAgainst(rows, { dataset, workload, subject, rounds }) {
  const { against } = datasets[dataset];
  const none = rows.find((row) => row.dataset === against && row.workload === workload && row.subject === subject);
  return none && median(rounds.map((round, i) => none.rounds[i].cpuMicroseconds / round.cpuMicroseconds));
}
