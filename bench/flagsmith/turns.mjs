// In what order loads are measured that are compared.
import { subjects } from './subjects.mjs';
import { workloads } from './workloads.mjs';

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
