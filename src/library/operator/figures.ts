import type { Family } from '../../operations/edge-prometheus.ts';
import { allFleets, type FleetSystem } from '../../operations/metrics/fleet-families.ts';
import type { FigureGroup, OperatorFigure } from '../../operations/operator/types.ts';
import type { RequestFigures } from '../../operations/request-figures.ts';

/** Requests by class of status, from counts by `<endpoint> <status>`. */
export function requestFigures(totals: Iterable<readonly [string, number]>): OperatorFigure[] {
  return byStatusClass([...totals].map(([key, count]) => [Number(key.slice(key.lastIndexOf(' ') + 1)), count]));
}

/** Requests by class of status, from the figures of Edge mode. */
export function edgeRequestFigures({ series }: RequestFigures): OperatorFigure[] {
  return byStatusClass([...series].map(({ status, count }) => [status, count]));
}

const classes = ['2xx', '3xx', '4xx', '5xx'] as const;

function byStatusClass(counts: Iterable<readonly [number, number]>): OperatorFigure[] {
  const totals = new Map<string, number>(classes.map((name) => [name, 0]));
  for (const [status, count] of counts) {
    const name = `${Math.floor(status / 100)}xx`;
    totals.set(name, (totals.get(name) ?? 0) + count);
  }
  return [...totals].map(([name, value]) => counter('requests', name, value));
}

/** Exchanges with upstream by outcome. */
export function pollFigures(polls: Iterable<readonly [string, number]>): OperatorFigure[] {
  return [...polls].map(([name, value]) => counter('upstream', name, value));
}

/** Exchanges of Edge mode with upstream, from the histograms that measure them. */
export function exchangeFigures(families: readonly Family[]): OperatorFigure[] {
  return families.flatMap((family) => {
    const name = exchanges.get(family.name);
    if (name === undefined || family.type !== 'histogram') return [];
    let total = 0;
    for (const [, { counts }] of family.histograms()) for (const count of counts) total += count;
    return [counter('upstream', name, total)];
  });
}

const exchanges: ReadonlyMap<string, string> = new Map([
  ['client_feature_fetch', 'fetches of features'],
  ['client_feature_delta_fetch', 'fetches of changes'],
  ['client_metrics_upload', 'reports of usage'],
  ['instance_data_upload', 'reports of instances'],
]);

/** What a system that is in a fleet does for the other members and takes from them; nothing elsewhere. */
export function fleetFigures(system: FleetSystem): OperatorFigure[] {
  const own = allFleets().filter((fleet) => fleet.system === system);
  return own.flatMap(({ streams, sharing, reports, pools, limitBytes }) => [
    gauge('fleet', 'members', pools.members),
    gauge('fleet', 'asks upstream for all', Number(sharing.isLeader)),
    gauge('fleet', 'Redis answers', Number(sharing.isReached)),
    counter('fleet', 'failures of Redis', sharing.failures + reports.losses),
    counter('fleet', 'exchanges for all', sharing.asked),
    counter('fleet', 'exchanges of others used', sharing.followed),
    counter('fleet', 'exchanges alone', sharing.alone),
    counter('fleet', 'changes from other members', sharing.changesFollowed),
    gauge('fleet', 'upstream streams held for all', streams.held),
    counter('fleet', 'batches of usage for all', reports.batches),
    memory('fleet', 'usage waiting in Redis', pools.bytes, limitBytes),
    memory('fleet', 'usage handed over, not yet sent', pools.heldBytes, limitBytes),
  ]);
}

/** A figure that only grows. */
export function counter(group: FigureGroup, name: string, value: number): OperatorFigure {
  return { group, name, value, counter: true };
}

/** A figure that goes up and down. @param limit the most it may become, where there is a bound */
export function gauge(group: FigureGroup, name: string, value: number, limit?: number): OperatorFigure {
  return limit === undefined ? { group, name, value } : { group, name, value, limit };
}

/** Memory. @param limit its bound, where there is one */
export function memory(group: FigureGroup, name: string, value: number, limit?: number): OperatorFigure {
  return { ...gauge(group, name, value, limit), unit: 'bytes' };
}
