/** Upper bounds of the buckets, in milliseconds. Slower ones are counted at the last bound. */
const boundsMs = [1, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] as const;

/** How long something took, as instance data tells it. In milliseconds. */
export interface LatencySummary {
  readonly avg: number;
  readonly count: number;
  readonly p99: number;
}

/** Collects durations in buckets: a fixed amount of memory, however many there are. */
export class Latency {
  readonly #buckets = new Float64Array(boundsMs.length);
  #count = 0;
  #sumMs = 0;

  /** Adds a duration in milliseconds. */
  add(ms: number): void {
    this.#count++;
    this.#sumMs += ms;
    let slot = 0;
    while (slot < boundsMs.length - 1 && !(ms <= (boundsMs[slot] as number))) slot++;
    this.#buckets[slot] = (this.#buckets[slot] as number) + 1;
  }

  /** Adds some that took no time worth to be measured. */
  addInstant(times: number): void {
    this.#count += times;
    this.#buckets[0] = (this.#buckets[0] as number) + times;
  }

  summary(): LatencySummary {
    if (this.#count === 0) return { avg: 0, count: 0, p99: 0 };
    let below = 0;
    const cumulative = boundsMs.map((bound, index) => {
      below += this.#buckets[index] as number;
      return [bound, below] as const;
    });
    return { avg: this.#sumMs / this.#count, count: this.#count, p99: percentile(cumulative, this.#count, 99) };
  }
}

/**
 * A percentile of cumulative buckets, read linearly between the bounds of the bucket that it falls into.
 *
 * Source: vectors `latency_percentile`.
 *
 * @param buckets pairs of upper bound and count of everything up to it, ascending
 */
export function percentile(
  buckets: readonly (readonly [bound: number, count: number])[],
  count: number,
  percent: number,
): number {
  const wanted = (count * percent) / 100;
  let lowerBound = 0;
  let lowerCount = 0;
  for (const [bound, upTo] of buckets) {
    if (upTo >= wanted && upTo > lowerCount) {
      return lowerBound + ((wanted - lowerCount) / (upTo - lowerCount)) * (bound - lowerBound);
    }
    lowerBound = bound;
    lowerCount = upTo;
  }
  return lowerBound;
}
