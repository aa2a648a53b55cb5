/** Types of what turns.mjs exports, for the tests. */
export interface Row {
  readonly dataset: string;
  readonly workload: string;
  readonly subject: string;
}
export interface Measured extends Row {
  readonly rounds: readonly { readonly cpuMicroseconds: number }[];
}
export function orderOfRound<R extends Row>(rows: readonly R[], round: number): readonly R[];
export function speedAgainst(rows: readonly Measured[], row: Measured): number | undefined;
