/** Counts finished requests by endpoint and status. Counting is all that a request pays for. */
export class RequestCounts {
  readonly #byEndpoint = new Map<string, Map<number, { count: number }>>();

  add(endpoint: string, status: number): void {
    let byStatus = this.#byEndpoint.get(endpoint);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#byEndpoint.set(endpoint, byStatus);
    }
    const counter = byStatus.get(status);
    if (counter === undefined) byStatus.set(status, { count: 1 });
    else counter.count++;
  }

  /** Counts by `<endpoint> <status>`. */
  totals(): ReadonlyMap<string, number> {
    const totals = new Map<string, number>();
    for (const [endpoint, byStatus] of this.#byEndpoint) {
      for (const [status, { count }] of byStatus) totals.set(`${endpoint} ${status}`, count);
    }
    return totals;
  }
}
