/** Types of what ratios.mjs exports, for the tests. */
export interface RatioRow {
  readonly name: string;
  readonly before: number | undefined;
  readonly now: number | undefined;
  readonly ok: boolean;
}
export const allowedDrop: number;
export function notComparable(recorded: { awake: boolean }, measured: { awake: boolean }): string | undefined;
export function compareRatios(recorded: Record<string, number>, measured: Record<string, number>): RatioRow[];
