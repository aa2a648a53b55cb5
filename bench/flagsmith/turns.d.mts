/** Types of what turns.mjs exports, for the tests. */
export interface Row {
  readonly dataset: string;
  readonly workload: string;
  readonly subject: string;
}
export function orderOfRound<R extends Row>(rows: readonly R[], round: number): readonly R[];
