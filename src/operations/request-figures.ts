import type { Filled } from '../flags/filled.ts';

/** Upper bounds of the duration histogram, in milliseconds. */
export const durationBoundsMs = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;

/** Upper bounds of the size histogram, in bytes. */
export const sizeBounds = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000] as const;

/** What was counted for one endpoint, method and status. */
export interface RequestSeries {
  readonly endpoint: string;
  readonly method: string;
  readonly status: number;
  count: number;
  durationMs: number;
  bytes: number;
  /** Requests by the first bound that they fit under; the last place is for those that fit under none. */
  readonly durations: Uint32Array;
  readonly sizes: Uint32Array;
}

const mostSeries = 1_000;
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** Counts finished requests, cheaply: numbers are looked at only when somebody asks. */
export class RequestFigures {
  readonly #series: RequestSeries[] = [];
  /** By endpoint and status: looking up two texts that exist costs less than making one of them (0.3 µs on Bun). */
  readonly #byEndpoint = new Map<string, Map<number, RequestSeries[]>>();

  /** @param endpoint a path from the program, never one from a client */
  count(endpoint: string, method: string, status: number, durationMs: number, bytes: number): void {
    const series = this.find(endpoint, method, status);
    if (series !== undefined) countIn(series, durationMs, bytes);
  }

  get series(): Iterable<RequestSeries> {
    return this.#series;
  }

  /** Series, and how many there can be. */
  get filled(): Filled {
    return { used: this.#series.length, limit: mostSeries };
  }

  /** Where requests like this are counted, for whoever counts many; undefined past the most series. */
  find(endpoint: string, method: string, status: number): RequestSeries | undefined {
    let byStatus = this.#byEndpoint.get(endpoint);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#byEndpoint.set(endpoint, byStatus);
    }
    let list = byStatus.get(status);
    if (list === undefined) {
      list = [];
      byStatus.set(status, list);
    }
    for (const series of list) if (series.method === method) return series;
    return this.#add(list, endpoint, method, status);
  }

  #add(list: RequestSeries[], endpoint: string, method: string, status: number): RequestSeries | undefined {
    const shown = methods.has(method) ? method : 'OTHER';
    const known = list.find((series) => series.method === shown);
    if (known !== undefined || this.#series.length >= mostSeries) return known;
    const series = createSeries(endpoint, shown, status);
    list.push(series);
    this.#series.push(series);
    return series;
  }
}

/** Counts one request. */
export function countIn(series: RequestSeries, durationMs: number, bytes: number): void {
  series.count++;
  series.durationMs += durationMs;
  series.bytes += bytes;
  increment(series.durations, durationBoundsMs, durationMs);
  increment(series.sizes, sizeBounds, bytes);
}

function createSeries(endpoint: string, method: string, status: number): RequestSeries {
  return {
    endpoint,
    method,
    status,
    count: 0,
    durationMs: 0,
    bytes: 0,
    durations: new Uint32Array(durationBoundsMs.length + 1),
    sizes: new Uint32Array(sizeBounds.length + 1),
  };
}

function increment(counts: Uint32Array, bounds: readonly number[], value: number): void {
  let place = 0;
  while (place < bounds.length && value > (bounds[place] as number)) place++;
  counts[place] = (counts[place] as number) + 1;
}
