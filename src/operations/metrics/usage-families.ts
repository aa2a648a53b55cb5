import type { EvaluationCounts } from '../../flags/evaluations.ts';
import { type FlagUsage, type FlagUsageSeries, otherFlags } from '../../flags/flag-usage.ts';
import type { Labels, ValueFamily } from '../edge-prometheus.ts';
import type { HalyardFamily } from './catalogue.ts';
import { ownFamily } from './own-family.ts';

/** Whose flags they are. */
export type FlagSystem = 'unleash' | 'flagsmith';

/** Counts of one API in one environment. */
export type NamedEvaluations = readonly [
  environment: string,
  api: 'frontend' | 'proxy' | 'flagsmith' | 'ofrep',
  counts: EvaluationCounts,
];

/** Usage, with how its environments are shown; undefined for those that are gone. */
export interface NamedUsage {
  readonly usage: FlagUsage;
  readonly nameOf: (environment: string) => string | undefined;
}

/** Evaluations that requests caused: a number per request, never one per flag. */
export function evaluationFamily(system: FlagSystem, read: () => Iterable<NamedEvaluations>): ValueFamily {
  return ownFamily('halyard_evaluations_total', () =>
    [...read()].flatMap(([environment, api, { bulk, single }]) => [
      [{ system, environment, api, kind: 'bulk' }, bulk] as const,
      [{ system, environment, api, kind: 'single' }, single] as const,
    ]),
  );
}

/** Usage by flag and outcome, and by flag and variant. */
export function usageFamilies(system: FlagSystem, read: () => Iterable<NamedUsage>): ValueFamily[] {
  const family = (name: HalyardFamily, label: string, pick: (usage: FlagUsage) => Iterable<FlagUsageSeries>) =>
    ownFamily(name, () => {
      // Environments that are gone are all called the same.
      const sums = new Map<string, { readonly labels: Labels; value: number }>();
      for (const { usage, nameOf } of read()) {
        for (const { environment: key, flag, label: text, count } of pick(usage)) {
          const environment = (key === undefined ? undefined : nameOf(key)) ?? otherFlags;
          const id = JSON.stringify([environment, flag, text]);
          const known = sums.get(id);
          if (known !== undefined) known.value += count;
          else sums.set(id, { labels: { system, environment, flag, [label]: text }, value: count });
        }
      }
      return [...sums.values()].map(({ labels, value }) => [labels, value] as const);
    });
  return [
    family('halyard_usage_total', 'outcome', (usage) => usage.outcomeSeries()),
    family('halyard_usage_variants_total', 'variant', (usage) => usage.variantSeries()),
  ];
}
