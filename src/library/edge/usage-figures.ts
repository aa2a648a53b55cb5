import type { Family } from '../../operations/edge-prometheus.ts';

interface Row {
  readonly appName: string;
  readonly featureName: string;
  readonly yes: number;
  readonly no: number;
}

const mostSeries = 10_000;

/** Counts what SDKs report, for `feature_toggle_usage_total` (specification 22.3). Names come from clients: bounded. */
export function usageFigures(): { readonly count: (row: Row) => void; readonly families: readonly Family[] } {
  const counts = new Map<string, { readonly labels: Record<string, string>; value: number }>();
  const add = (appName: string, toggle: string, active: string, value: number) => {
    if (value === 0) return;
    const key = JSON.stringify([appName, toggle, active]);
    const known = counts.get(key);
    if (known !== undefined) known.value += value;
    else if (counts.size < mostSeries) counts.set(key, { labels: { appName, toggle, active }, value });
  };
  return {
    count({ appName, featureName, yes, no }) {
      add(appName, featureName, 'true', yes);
      add(appName, featureName, 'false', no);
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
