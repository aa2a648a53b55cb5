import type { ValueFamily } from '../edge-prometheus.ts';
import type { HalyardFamily } from './catalogue.ts';
import { ownFamily, ownValue } from './own-family.ts';

/** What is told about one environment. Times are milliseconds since the epoch. */
export interface EnvironmentFigures {
  /** Unique within the process, and safe to show. */
  readonly name: string;
  /** Undefined before the first definitions. */
  readonly held: HeldFigures | undefined;
  /** Undefined where nothing is fetched. */
  readonly fetching: FetchFigures | undefined;
}

/** Definitions in use. */
export interface HeldFigures {
  readonly revision: number;
  readonly changedMs: number;
  readonly fromBackup: boolean;
  readonly flags: number;
}

/** What fetching came to since the start. */
export interface FetchFigures {
  /** 0 before the first time. */
  readonly confirmedMs: number;
  /** Failed fetches since the last good one. */
  readonly failures: number;
  /** Finished fetches by outcome. */
  readonly outcomes: Iterable<readonly [outcome: string, count: number]>;
}

/** The families that every mode has for each of its environments. */
export function environmentFamilies(read: () => readonly EnvironmentFigures[]): ValueFamily[] {
  const ofHeld = (name: HalyardFamily, pick: (held: HeldFigures) => number) =>
    ownFamily(name, () =>
      read().flatMap(({ name: environment, held }) => (held ? [[{ environment }, pick(held)] as const] : [])),
    );
  const ofFetching = (name: HalyardFamily, pick: (fetching: FetchFigures) => number) =>
    ownFamily(name, () =>
      read().flatMap(({ name: environment, fetching }) =>
        fetching ? [[{ environment }, pick(fetching)] as const] : [],
      ),
    );
  return [
    ownValue('halyard_environments', () => read().filter(({ held }) => held !== undefined).length),
    ofHeld('halyard_definitions_revision', ({ revision }) => revision),
    ofHeld('halyard_definitions_changed_timestamp_seconds', ({ changedMs }) => changedMs / 1_000),
    ofFetching('halyard_definitions_confirmed_timestamp_seconds', ({ confirmedMs }) => confirmedMs / 1_000),
    ofHeld('halyard_definitions_from_backup', ({ fromBackup }) => Number(fromBackup)),
    ofHeld('halyard_flags', ({ flags }) => flags),
    ofFetching('halyard_fetch_failures', ({ failures }) => failures),
    ownFamily('halyard_fetches_total', () =>
      read().flatMap(({ name: environment, fetching }) =>
        [...(fetching?.outcomes ?? [])].map(([outcome, count]) => [{ environment, outcome }, count] as const),
      ),
    ),
  ];
}

/**
 * Makes names of environments unique by numbers: two series with the same labels would make Prometheus refuse the whole
 * page. An empty name gets one that says so.
 */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const wanted = name === '' ? 'unnamed' : name;
    let free = wanted;
    for (let number = 2; taken.has(free); number++) free = `${wanted} (${number})`;
    taken.add(free);
    return free;
  });
}
