import { randomUUID } from 'node:crypto';
import type { LogEvent } from '../../flags/events/log-event.ts';
import type { FleetSettings } from '../../flags/fleet-settings.ts';
import type { Slicing } from '../../flags/steps.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import { addFleet, type FleetSystem } from '../../operations/metrics/fleet-families.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { type ChooseReports, MergedReports } from '../reports/merged-reports.ts';
import { StreamLeases } from '../streams/stream-leases.ts';
import type { ChooseSharing } from './conversation.ts';
import { SharedUpstream } from './shared-upstream.ts';

/** Upstream as one program sees it: alone, or through its fleet. */
export interface JoinedUpstream {
  readonly send: SendUpstream;
  /** Calls back when another member got something new. */
  onChanged(listener: () => void): void;
  /** Where one member at a time holds what all profit from; undefined for a program without a fleet. */
  readonly streams: StreamLeases | undefined;
  /** From now on reports are the last ones: those who send them are about to stop. */
  prepareToLeave(): void;
  /** Leaves the fleet, its reports with the others. Exchanges after that are this program's own. */
  leave(deadlineMs: number): Promise<void>;
}

/** How one program takes part. */
export interface JoinOptions {
  readonly system: FleetSystem;
  readonly send: SendUpstream;
  /** Undefined for a program without a fleet. */
  readonly settings: FleetSettings | undefined;
  readonly choose: ChooseSharing;
  /** Of polling. */
  readonly intervalMs: number;
  /** What is added up over all members. */
  readonly chooseReports: ChooseReports;
  readonly instanceIsCredential: boolean;
  readonly warn: (event: LogEvent, message: string) => void;
}

/** A member that held a stream and is gone is replaced after about this long. */
const shortestLeaseMs = 3_000;
const longestLeaseMs = 10_000;

const slicing: Slicing = {
  elapsedMs: () => performance.now(),
  yieldNow: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Takes part in a fleet where the settings name one. Redis is loaded only then. @throws RedisSettingsError */
export async function joinUpstream(options: JoinOptions): Promise<JoinedUpstream> {
  const { settings, send } = options;
  if (settings === undefined) return alone(send);
  const { openFleetRedis } = await import('./fleet-redis.ts');
  const { createRedisMemory } = await import('./redis-memory.ts');
  const { createRedisReportMemory } = await import('../reports/redis-report-memory.ts');
  const redis = openFleetRedis(settings, Math.random);
  const memberId = randomUUID();
  const outside = { send, memberId, timers: systemTimers, random: Math.random };
  const memory = createRedisMemory(redis);
  const shared = new SharedUpstream({ ...options, ...outside, memory });
  const leaseMs = Math.min(Math.max(options.intervalMs, shortestLeaseMs), longestLeaseMs);
  const streams = new StreamLeases({ ...outside, memory, leaseMs });
  const reports = new MergedReports(options.chooseReports, {
    ...outside,
    memory: createRedisReportMemory(redis),
    bounds: settings.reports,
    warn: options.warn,
    slicing,
    randomId: randomUUID,
  });
  const removeFigures = addFleet(() => ({
    system: options.system,
    sharing: shared.figures,
    streams: streams.figures,
    reports: reports.figures,
    pools: reports.poolFigures(),
    limitBytes: settings.reports.limitBytes,
  }));
  return {
    streams,
    send: (request) => (reports.takes(request) ? reports.send(request) : shared.send(request)),
    onChanged: (listener) => shared.onChanged(listener),
    prepareToLeave: () => reports.prepareToLeave(),
    async leave(deadlineMs) {
      await reports.leave(deadlineMs);
      removeFigures();
      shared.close();
    },
  };
}

/** Joins at the first exchange: for programs that are put together in one go. */
export function joinUpstreamLater(options: JoinOptions): JoinedUpstream {
  if (options.settings === undefined) return alone(options.send);
  const listeners: (() => void)[] = [];
  let isLeaving = false;
  let joining: Promise<JoinedUpstream> | undefined;
  const join = async () => {
    const joined = await joinUpstream(options);
    joined.onChanged(() => {
      for (const listener of listeners) listener();
    });
    if (isLeaving) joined.prepareToLeave();
    return joined;
  };
  return {
    streams: undefined,
    async send(request) {
      joining ??= join();
      return (await joining).send(request);
    },
    onChanged: (listener) => void listeners.push(listener),
    prepareToLeave() {
      isLeaving = true;
      void joining?.then((joined) => joined.prepareToLeave());
    },
    async leave(deadlineMs) {
      isLeaving = true;
      const joined = await joining?.catch(() => undefined);
      await joined?.leave(deadlineMs);
    },
  };
}

function alone(send: SendUpstream): JoinedUpstream {
  const nothing = () => undefined;
  return { send, streams: undefined, onChanged: nothing, prepareToLeave: nothing, leave: async () => undefined };
}
