import type { ValueFamily } from '../edge-prometheus.ts';
import { ownFamily, ownValue } from './own-family.ts';

/** What a process stands in front of. */
export type FleetSystem = 'proxy' | 'edge' | 'flagsmith';

/** What one membership of a fleet tells about itself. Counters count since its start. */
export interface FleetFigures {
  readonly system: FleetSystem;
  readonly sharing: {
    readonly isReached: boolean;
    readonly failures: number;
    readonly asked: number;
    readonly followed: number;
    readonly alone: number;
    readonly changesFollowed: number;
    readonly isLeader: boolean;
    readonly publishedMs: number;
  };
  readonly reports: {
    readonly handedOver: number;
    readonly alone: number;
    readonly batches: number;
    readonly merged: number;
    readonly losses: number;
    /** By what became of them. */
    readonly sent: Readonly<Record<string, number>>;
  };
  readonly pools: {
    readonly heldBytes: number;
    readonly members: number;
    readonly entries: number;
    readonly bytes: number;
  };
  readonly limitBytes: number;
  /** Streams from upstream that this member holds, and that others hold for it. */
  readonly streams: { readonly held: number; readonly followed: number };
}

/** All memberships of this process: one for each system that it stands in front of. */
const memberships = new Set<() => FleetFigures>();

/** Makes the figures of a membership visible. @returns a function that takes them out again */
export function addFleet(read: () => FleetFigures): () => void {
  memberships.add(read);
  return () => memberships.delete(read);
}

/** The figures of each membership of this process. */
export function allFleets(): FleetFigures[] {
  return Array.from(memberships, (read) => read());
}

/** The families of a member of a fleet; none in other processes. */
export function fleetFamilies(): ValueFamily[] {
  if (memberships.size === 0) return [];
  const sum = (pick: (figures: FleetFigures) => number) => allFleets().reduce((total, one) => total + pick(one), 0);
  const most = (pick: (figures: FleetFigures) => number) => Math.max(0, ...allFleets().map(pick));
  return [
    ownValue('halyard_fleet_redis_up', () => Number(allFleets().every(({ sharing }) => sharing.isReached))),
    ownValue('halyard_fleet_redis_failures_total', () =>
      sum(({ sharing, reports }) => sharing.failures + reports.losses),
    ),
    ownValue('halyard_fleet_leader', () => most(({ sharing }) => Number(sharing.isLeader))),
    ownFamily('halyard_fleet_exchanges_total', () => [
      [{ role: 'asked' }, sum(({ sharing }) => sharing.asked)],
      [{ role: 'followed' }, sum(({ sharing }) => sharing.followed)],
      [{ role: 'alone' }, sum(({ sharing }) => sharing.alone)],
    ]),
    ownValue('halyard_fleet_changes_followed_total', () => sum(({ sharing }) => sharing.changesFollowed)),
    ownValue('halyard_fleet_publication_timestamp_seconds', () => most(({ sharing }) => sharing.publishedMs) / 1_000),
    ownFamily('halyard_fleet_streams', () => [
      [{ role: 'held' }, sum(({ streams }) => streams.held)],
      [{ role: 'followed' }, sum(({ streams }) => streams.followed)],
    ]),
    ownValue('halyard_fleet_members', () => most(({ pools }) => pools.members)),
    ownFamily('halyard_fleet_usage_reports_total', () => [
      [{ outcome: 'handed-over' }, sum(({ reports }) => reports.handedOver)],
      [{ outcome: 'alone' }, sum(({ reports }) => reports.alone)],
    ]),
    ownValue('halyard_fleet_usage_batches_total', () => sum(({ reports }) => reports.batches)),
    ownValue('halyard_fleet_usage_merged_total', () => sum(({ reports }) => reports.merged)),
    ownFamily('halyard_fleet_usage_requests_total', () =>
      ['taken', 'too-large', 'dropped', 'kept'].map(
        (outcome) => [{ outcome }, sum(({ reports }) => reports.sent[outcome] ?? 0)] as const,
      ),
    ),
    ownValue('halyard_fleet_usage_waiting_reports', () => sum(({ pools }) => pools.entries)),
    ownValue('halyard_fleet_usage_waiting_bytes', () => sum(({ pools }) => pools.bytes)),
    ownValue('halyard_fleet_usage_limit_bytes', () => most(({ limitBytes }) => limitBytes)),
    ownValue('halyard_fleet_usage_held_bytes', () => sum(({ pools }) => pools.heldBytes)),
  ];
}
