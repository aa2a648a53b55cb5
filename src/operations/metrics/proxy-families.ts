import type { ValueFamily } from '../edge-prometheus.ts';
import { allFigures, type Figures, sum, sumByKey } from '../figures.ts';
import type { HalyardFamily } from './catalogue.ts';
import { type EnvironmentFigures, environmentFamilies, uniqueNames } from './environment-families.ts';
import { ownFamily, ownValue, requestsFamily } from './own-family.ts';

/** Halyard's own families of Unleash Proxy mode, over all parts of this process. */
export function proxyFamilies(): ValueFamily[] {
  return [
    ...environmentFamilies(() => namedParts().map(environmentOf)),
    requestsFamily(() => sumByKey(({ requests }) => requests?.totals())),
    ownValue('halyard_usage_toggles', () => sum(({ usage }) => usage?.size)),
    ownValue('halyard_usage_dropped_total', () => sum(({ usage }) => usage?.dropped)),
    ofCache('halyard_reply_cache_bytes', ({ bytes }) => bytes),
    ofCache('halyard_reply_cache_replies', ({ replies }) => replies),
    ownValue('halyard_store_writes_failed_total', () => sum(({ backup }) => backup?.failures)),
  ];
}

type NamedPart = readonly [name: string, part: Figures];
type Cached = NonNullable<NonNullable<Figures['slot']>['current']>['model']['cached'];

/** The parts that hold definitions. */
function namedParts(): NamedPart[] {
  const parts = allFigures().filter(({ slot }) => slot !== undefined);
  const names = uniqueNames(parts.map(({ environmentName }) => environmentName ?? 'default'));
  return parts.map((part, index) => [names[index] as string, part]);
}

function environmentOf([name, { slot, figures }]: NamedPart): EnvironmentFigures {
  const current = slot?.current;
  return {
    name,
    held: current && {
      revision: current.revision,
      changedMs: current.publishedAtMs,
      fromBackup: current.origin === 'backup',
      flags: current.model.set.flags.length,
    },
    fetching: figures && {
      confirmedMs: figures.lastFetchMs,
      failures: figures.failures,
      outcomes: figures.polls,
    },
  };
}

function ofCache(name: HalyardFamily, pick: (cached: Cached) => number): ValueFamily {
  return ownFamily(name, () =>
    namedParts().flatMap(([environment, { slot }]) =>
      slot?.current === undefined ? [] : [[{ environment }, pick(slot.current.model.cached)] as const],
    ),
  );
}
