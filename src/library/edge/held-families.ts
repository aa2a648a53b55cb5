import type { FlagUsage } from '../../flags/flag-usage.ts';
import type { ValueFamily } from '../../operations/edge-prometheus.ts';
import {
  type EnvironmentFigures,
  environmentFamilies,
  uniqueNames,
} from '../../operations/metrics/environment-families.ts';
import { ownFamily, ownValue, requestsFamily } from '../../operations/metrics/own-family.ts';
import { evaluationFamily, type NamedEvaluations, usageFamilies } from '../../operations/metrics/usage-families.ts';
import type { RequestFigures } from '../../operations/request-figures.ts';
import type { Environment } from '../../unleash/edge/environments/environment.ts';
import type { Environments } from '../../unleash/edge/environments/environments.ts';
import type { RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import { cacheKey, type EdgeToken } from '../../unleash/edge/types.ts';
import type { TokenRefresh } from '../../unleash/edge/upstream/refresh-set.ts';
import { redactToken } from '../../unleash/tokens/mask.ts';
import { lostStreamsFamily } from '../lost-streams.ts';

/** What Edge and offline mode hold. */
export interface HeldFiguresOptions {
  readonly environments: Environments;
  readonly requests: RequestFigures;
  readonly metrics: RunningEdgeMetrics;
  /** Tokens that are fetched with. */
  readonly refreshes: () => readonly TokenRefresh[];
  /** Everything known about tokens. */
  readonly tokens: () => Iterable<EdgeToken>;
  /** Open streams. */
  readonly streams: () => number;
  /** Usage as SDKs report it, by environment. */
  readonly usage: FlagUsage;
  /** Evaluations below `/proxy`. */
  readonly proxyEvaluations: () => Iterable<NamedEvaluations>;
}

/** Halyard's own families that Edge and offline mode share. */
export function heldFamilies(options: HeldFiguresOptions): ValueFamily[] {
  const { environments, metrics, requests, streams, usage, proxyEvaluations } = options;
  const each = (pick: (environment: Environment) => number) => () => {
    const names = shownNames(options);
    return [...environments.entries()].map(
      ([key, held]) => [{ environment: names.get(key) ?? '' }, pick(held)] as const,
    );
  };
  return [
    ...environmentFamilies(() => figuresOf(options)),
    ownFamily(
      'halyard_definitions_issues',
      each(({ issues }) => issues.length),
    ),
    ownFamily(
      'halyard_reply_cache_bytes',
      each(({ cachedBytes }) => cachedBytes),
    ),
    requestsFamily(() => requestTotals(requests)),
    evaluationFamily('unleash', () => {
      const names = shownNames(options);
      const own = [...environments.entries()].flatMap(([key, { counts }]): NamedEvaluations[] => {
        const name = names.get(key) ?? '';
        return [
          [name, 'frontend', counts.frontend],
          [name, 'ofrep', counts.ofrep],
        ];
      });
      return [...own, ...proxyEvaluations()];
    }),
    ...usageFamilies('unleash', () => {
      const names = shownNames(options);
      return [{ usage, nameOf: (key) => names.get(key) }];
    }),
    ownValue('halyard_streams', streams),
    lostStreamsFamily(),
    ownValue('halyard_usage_held_bytes', () => metrics.figures().heldBytes),
    ownValue('halyard_usage_dropped_total', () => metrics.figures().dropped),
  ];
}

function figuresOf(options: HeldFiguresOptions): EnvironmentFigures[] {
  const { environments, refreshes } = options;
  const all = refreshes();
  return [...shownNames(options)].map(([key, name]) => {
    const held = environments.get(key);
    const age = environments.age(key);
    const own = all.filter(({ token }) => cacheKey(token) === key);
    return {
      name,
      held: held &&
        age && {
          revision: age.revision,
          changedMs: age.changedAtMs,
          fromBackup: age.fromStore,
          flags: held.set.flags.length,
        },
      fetching:
        own.length === 0
          ? undefined
          : {
              confirmedMs: Math.max(...own.map(({ lastCheckMs }) => lastCheckMs ?? 0)),
              failures: Math.max(...own.map(({ failureCount }) => failureCount)),
              outcomes: outcomesOf(own),
            },
    };
  });
}

/** Several tokens may fetch for one environment. */
function outcomesOf(refreshes: readonly TokenRefresh[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { outcomes } of refreshes) {
    for (const [outcome, count] of outcomes) totals.set(outcome, (totals.get(outcome) ?? 0) + count);
  }
  return totals;
}

/** By cache key. A key is an environment, or, for a token in a format of its own, the token itself: a secret. */
function shownNames({ environments, refreshes, tokens }: HeldFiguresOptions): Map<string, string> {
  const keys = new Set([...environments.entries()].map(([key]) => key));
  for (const { token } of refreshes()) keys.add(cacheKey(token));
  const secrets = new Set<string>();
  for (const { token } of tokens()) if (keys.has(token)) secrets.add(token);
  for (const { token } of refreshes()) if (keys.has(token.token)) secrets.add(token.token);
  const names = uniqueNames([...keys].map((key) => (secrets.has(key) ? redactToken(key) : key)));
  return new Map([...keys].map((key, index) => [key, names[index] as string]));
}

const ofrepPath = /^\/ofrep\/v1\/\{(.+)\}$/;

/** By endpoint and status, whatever the method; endpoints of OpenFeature as all modes call them. */
function requestTotals({ series }: RequestFigures): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { endpoint, status, count } of series) {
    const key = `${ofrepPath.exec(endpoint)?.[1] ?? endpoint} ${status}`;
    totals.set(key, (totals.get(key) ?? 0) + count);
  }
  return totals;
}
