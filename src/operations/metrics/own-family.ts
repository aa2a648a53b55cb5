import type { Labels, ValueFamily } from '../edge-prometheus.ts';
import { type HalyardFamily, halyardFamilies } from './catalogue.ts';

/** Names of the families that hold plain values, which all of Halyard's own are. */
type ReadValues = () => Iterable<readonly [labels: Labels, value: number]>;

/** One of Halyard's own families as its table describes it. @param read is called when somebody looks */
export function ownFamily(name: HalyardFamily, read: ReadValues): ValueFamily {
  const { type, help } = halyardFamilies[name];
  return { name, type, help, read };
}

/** One with a single value. */
export function ownValue(name: HalyardFamily, read: () => number): ValueFamily {
  return ownFamily(name, () => [[{}, read()]]);
}

/** Finished requests from counts by `<endpoint> <status>`. */
export function requestsFamily(totals: () => Iterable<readonly [key: string, count: number]>): ValueFamily {
  return ownFamily('halyard_requests_total', () =>
    [...totals()].map(([key, count]) => {
      const [endpoint = '', status = ''] = key.split(' ');
      return [{ endpoint, status }, count] as const;
    }),
  );
}
