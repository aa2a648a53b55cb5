import type { RegisteredEnvironment } from '../../flagsmith/environment/registry.ts';
import type { FlagsmithService } from '../../flagsmith/service.ts';
import type { ValueFamily } from '../../operations/edge-prometheus.ts';
import { type Bounds, boundFamilies } from '../../operations/metrics/bounds.ts';
import type { HalyardFamily } from '../../operations/metrics/catalogue.ts';
import {
  type EnvironmentFigures,
  environmentFamilies,
  uniqueNames,
} from '../../operations/metrics/environment-families.ts';
import { ownFamily, ownValue, requestsFamily } from '../../operations/metrics/own-family.ts';
import { evaluationFamily, type NamedEvaluations, usageFamilies } from '../../operations/metrics/usage-families.ts';
import type { RequestCounts } from '../../operations/request-counts.ts';
import { lostStreamsFamily } from '../lost-streams.ts';

/** What is looked at. */
export interface FlagsmithFiguresOptions {
  readonly service: Pick<FlagsmithService, 'registry' | 'figures' | 'flagUsage'>;
  readonly requests: RequestCounts;
  /** Open event streams of OpenFeature clients. */
  readonly ofrepStreams: () => number;
  readonly bounds: () => Bounds;
  /** Documents that could not be kept; 0 where none are. */
  readonly failedSaves?: (() => number) | undefined;
}

type Served = NonNullable<RegisteredEnvironment['slot']['current']>;
type Figures = ReturnType<FlagsmithService['figures']>['environments'][number];

/** The figures of Flagsmith mode. Each environment has a name of its own that gives its key away to nobody. */
export function flagsmithFamilies({
  service,
  requests,
  ofrepStreams,
  bounds,
  failedSaves,
}: FlagsmithFiguresOptions): ValueFamily[] {
  const { registry } = service;
  const served = (name: HalyardFamily, read: (slot: Served) => number): ValueFamily =>
    ownFamily(name, () => {
      const names = environmentNames(registry);
      return [...registry].flatMap(({ clientKey, slot }) =>
        slot.current === undefined
          ? []
          : [[{ environment: names.get(clientKey) as string }, read(slot.current)] as const],
      );
    });
  return [
    ...environmentFamilies(() => figuresOf(service)),
    requestsFamily(() => requests.totals()),
    evaluationFamily('flagsmith', () => {
      const names = environmentNames(registry);
      return [...registry].flatMap(({ clientKey, evaluations: { flagsmith, ofrep } }): NamedEvaluations[] => {
        const name = names.get(clientKey) as string;
        return [
          [name, 'flagsmith', flagsmith],
          [name, 'ofrep', ofrep],
        ];
      });
    }),
    ...usageFamilies('flagsmith', () => {
      const names = environmentNames(registry);
      return [{ usage: service.flagUsage, nameOf: (clientKey) => names.get(clientKey) }];
    }),
    ownFamily('halyard_definitions_issues', () => {
      const names = environmentNames(registry);
      return service
        .figures()
        .environments.map(({ clientKey, issues }) => [{ environment: names.get(clientKey) ?? '' }, issues] as const);
    }),
    served('halyard_definitions_characters', ({ model }) => model.text.length),
    served('halyard_segments', ({ model }) => model.compiled.segments.length),
    served('halyard_identity_overrides', ({ model }) => model.compiled.identityOverrides.size),
    ownValue('halyard_streams', () => service.figures().streams + ofrepStreams()),
    ...boundFamilies(bounds),
    lostStreamsFamily(),
    ownValue('halyard_usage_held_bytes', () => service.figures().waitingEvaluationBytes),
    ownValue('halyard_usage_dropped_total', () => service.figures().droppedEvaluations),
    ownValue('halyard_store_writes_failed_total', () => failedSaves?.() ?? 0),
  ];
}

function figuresOf({ registry, figures }: FlagsmithFiguresOptions['service']): EnvironmentFigures[] {
  const names = environmentNames(registry);
  const fetching = new Map(figures().environments.map((one) => [one.clientKey, one]));
  return [...registry].map(({ clientKey, slot: { current } }) => ({
    name: names.get(clientKey) as string,
    held: current && {
      revision: current.revision,
      changedMs: current.publishedAtMs,
      fromBackup: current.origin === 'backup',
      flags: current.model.compiled.features.length,
    },
    fetching: fetchingOf(fetching.get(clientKey)),
  }));
}

function fetchingOf(figures: Figures | undefined): EnvironmentFigures['fetching'] {
  if (figures === undefined) return undefined;
  const { lastSuccessMs, failures, polls } = figures;
  return { confirmedMs: lastSuccessMs ?? 0, failures, outcomes: Object.entries(polls) };
}

/**
 * By client key. An environment goes by the name in its document and the start of its key: names alone need not be
 * unique, and nothing that can happen to one environment should rename another.
 */
function environmentNames(registry: Iterable<RegisteredEnvironment>): ReadonlyMap<string, string> {
  const keys: string[] = [];
  const names: string[] = [];
  for (const { clientKey, slot } of registry) {
    keys.push(clientKey);
    const start = `${clientKey.slice(0, Math.min(4, clientKey.length >> 1))}…`;
    names.push(`${slot.current?.model.name ?? ''} (${start})`.trimStart());
  }
  const unique = uniqueNames(names);
  return new Map(keys.map((key, index) => [key, unique[index] as string]));
}
