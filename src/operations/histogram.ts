import type { Labels, Sample } from './edge-prometheus.ts';

/** Counts values by the smallest of some bounds that they fit under. */
export class Histogram {
  /** Ascending. */
  readonly bounds: readonly number[];
  /** Values by their bound; the last place is for those that fit under none. */
  readonly counts: Uint32Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Uint32Array(bounds.length + 1);
  }

  observe(value: number): void {
    let place = 0;
    while (place < this.bounds.length && value > (this.bounds[place] as number)) place++;
    this.counts[place] = (this.counts[place] as number) + 1;
    this.sum += value;
  }
}

/** The samples of one histogram, as Prometheus wants them: each bound counts all values below it, too. */
export function histogramSamples(
  name: string,
  labels: Labels,
  { bounds, counts, sum }: Pick<Histogram, 'bounds' | 'counts' | 'sum'>,
): Sample[] {
  let total = 0;
  const samples: Sample[] = [];
  for (const [place, count] of counts.entries()) {
    total += count;
    samples.push({ name: `${name}_bucket`, labels: { ...labels, le: bounds[place] ?? '+Inf' }, value: total });
  }
  samples.push({ name: `${name}_sum`, labels, value: sum }, { name: `${name}_count`, labels, value: total });
  return samples;
}
