/** How full something is that has a bound, both in its own unit. */
export interface Filled {
  readonly used: number;
  /** Never below 0. */
  readonly limit: number;
}

/** Several with bounds of their own as one. */
export function sumFilled(all: Iterable<Filled>): Filled {
  let used = 0;
  let limit = 0;
  for (const one of all) {
    used += one.used;
    limit += one.limit;
  }
  return { used, limit };
}
