/** Types of what unused.mjs exports, for the tests. */
export interface Round {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly p99Ms: number;
}
export interface Kind extends Round {
  readonly processes: readonly number[];
}
export function offAndOn(processes: readonly (readonly Round[])[]): {
  readonly off: Kind;
  readonly on: Kind;
  readonly ratio: number;
};
