import type { Filled } from '../../flags/filled.ts';
import { FlagUsage } from '../../flags/flag-usage.ts';
import type { Family } from '../../operations/edge-prometheus.ts';
import type { Environments } from '../../unleash/edge/environments/environments.ts';
import type { MetricsRow } from '../../unleash/edge/metrics/types.ts';
import type { EdgeServerSettings } from './assemble-edge.ts';

/** Usage as SDKs report it, for metrics. */
export interface UsageFigures {
  readonly count: (row: MetricsRow) => void;
  /** For `feature_toggle_usage_total` (specification 22.3). */
  readonly families: readonly Family[];
  /** Series of that, and how many there can be. */
  readonly series: Filled;
  /** For Halyard's own families, by environment. */
  readonly flags: FlagUsage;
}

/**
 * Counts what SDKs report. Names come from clients: bounded.
 *
 * @param environments those that are held
 */
export function usageFigures(
  { usageSeriesLimit: mostSeries, metricsFlagLimit }: EdgeServerSettings,
  environments: Environments,
): UsageFigures {
  const flags = new FlagUsage(metricsFlagLimit, (environment, name) => {
    const held = environments.get(environment);
    return held && held.set.indexOf(name) >= 0;
  });
  const counts = new Map<string, { readonly labels: Record<string, string>; value: number }>();
  const add = (appName: string, toggle: string, active: string, value: number) => {
    if (value === 0) return;
    const key = JSON.stringify([appName, toggle, active]);
    const known = counts.get(key);
    if (known !== undefined) known.value += value;
    else if (counts.size < mostSeries) counts.set(key, { labels: { appName, toggle, active }, value });
  };
  return {
    count({ appName, featureName, environment, yes, no, variants }) {
      flags.count(environment, featureName, 'on', yes);
      flags.count(environment, featureName, 'off', no);
      for (const [variant, count] of variants) flags.countVariant(environment, featureName, variant, count);
      add(appName, featureName, 'true', yes);
      add(appName, featureName, 'false', no);
    },
    flags,
    get series() {
      return { used: counts.size, limit: mostSeries };
    },
    families: [
      {
        name: 'feature_toggle_usage_total',
        help: 'How often flags were on and off, as SDKs report it.',
        type: 'counter',
        read: () => [...counts.values()].map(({ labels, value }) => [labels, value] as const),
      },
    ],
  };
}
