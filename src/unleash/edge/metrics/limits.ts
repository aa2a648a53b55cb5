/** Bounds of what is kept for sending. Past them, new keys are counted as dropped; counts of known keys still add up. */
export interface MetricsLimits {
  /** Memory of everything together, estimated, in bytes. */
  readonly bytes: number;
  /** Downstream Edges that instance data is kept of. */
  readonly connectedEdges: number;
  /** Different paths, groups and intervals that requests are counted under. */
  readonly requestKeys: number;
}

export const defaultMetricsLimits: MetricsLimits = {
  bytes: 64 * 1024 * 1024,
  connectedEdges: 500,
  requestKeys: 500,
};

/** Shares one amount of memory between everything that waits to be sent. */
export class MemoryBudget {
  /** Rows, variants, registrations and samples that found no room or were unusable, since the start. */
  dropped = 0;
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes in use, estimated. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes memory. @returns false, and counts a drop, when there is not enough left */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#limitBytes) {
      this.dropped++;
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  /** Gives memory back. */
  release(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }
}

/** Adds without leaving the range in which every integer is exact. */
export function plus(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
