import { type Filled, sumFilled } from '../../flags/filled.ts';
import type { ValueFamily } from '../edge-prometheus.ts';
import { allFigures, type Figures, sum, sumByKey } from '../figures.ts';
import { type BoundName, type Bounds, boundFamilies } from './bounds.ts';
import type { HalyardFamily } from './catalogue.ts';
import { type EnvironmentFigures, environmentFamilies, uniqueNames } from './environment-families.ts';
import { ownFamily, ownValue, requestsFamily } from './own-family.ts';
import { evaluationFamily, type NamedEvaluations, usageFamilies } from './usage-families.ts';

/** Halyard's own families of Unleash Proxy mode, over all parts of this process. */
export function proxyFamilies(): ValueFamily[] {
  return [
    ...environmentFamilies(() => namedParts().map(environmentOf)),
    requestsFamily(() => sumByKey(({ requests }) => requests?.totals())),
    evaluationFamily('unleash', () =>
      namedParts().flatMap(([name, { evaluations }]): NamedEvaluations[] =>
        evaluations === undefined
          ? []
          : [
              [name, 'proxy', evaluations.proxy],
              [name, 'ofrep', evaluations.ofrep],
            ],
      ),
    ),
    ...usageFamilies('unleash', () =>
      namedParts().flatMap(([name, { flagUsage }]) =>
        flagUsage === undefined ? [] : [{ usage: flagUsage, nameOf: () => name }],
      ),
    ),
    ownValue('halyard_streams', () => sum(({ ofrep }) => ofrep?.streams)),
    ...boundFamilies(proxyBounds),
    ownValue('halyard_usage_held_bytes', () => sum(({ usage }) => usage?.heldBytes)),
    ownValue('halyard_usage_toggles', () => sum(({ usage }) => usage?.size)),
    ownValue('halyard_usage_dropped_total', () => sum(({ usage }) => usage?.dropped)),
    ofCache('halyard_reply_cache_bytes', ({ bytes }) => bytes),
    ofCache('halyard_reply_cache_replies', ({ replies }) => replies),
    ownValue('halyard_store_writes_failed_total', () => sum(({ backup }) => backup?.failures)),
  ];
}

/** How full everything is that Unleash Proxy mode keeps, over all parts of this process. */
export function proxyBounds(): Bounds {
  const parts = allFigures();
  const total: { [Name in BoundName]?: Filled } = {};
  for (const { slot, usage, flagUsage, ofrep } of parts) {
    const cached = slot?.current?.model.cached;
    const own: Bounds = {
      ...(cached && { reply_cache_bytes: { used: cached.bytes, limit: cached.limitBytes } }),
      ...(usage && { usage_toggles: usage.filled.toggles, usage_characters: usage.filled.characters }),
      ...(flagUsage && { usage_flags: flagUsage.flags, usage_variants: flagUsage.variants }),
      ...ofrep?.bounds(),
    };
    for (const [name, filled] of Object.entries(own) as [BoundName, Filled][]) {
      const known = total[name];
      total[name] = known === undefined ? filled : sumFilled([known, filled]);
    }
  }
  return total;
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
