import type { ChangeLog } from './change-log.ts';
import { type OperatorRoute, operatorJson } from './routes.ts';
import type { OperatorEnvironment, OperatorMode } from './types.ts';

/** What the process tells about itself. */
export interface ProcessFacts {
  readonly version: string;
  /** `Bun 1.4.5`. */
  readonly runtime: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly residentBytes: () => number;
}

/** What the status tells about. */
export interface StatusOptions {
  readonly modes: readonly OperatorMode[];
  readonly changes: ChangeLog;
  readonly process: ProcessFacts;
  /** True when an operator token is configured, which explanations need. */
  readonly hasTokens: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * `GET /halyard/status`: everything that the page shows but the flags, as JSON. All times are milliseconds since the
 * epoch; what is not known is null or missing.
 */
export function statusRoute(options: StatusOptions): OperatorRoute {
  const { modes, changes, process, hasTokens, now } = options;
  return {
    method: 'GET',
    path: '/status',
    need: 'token-or-loopback',
    answer: async (request) => {
      await changes.look();
      // Whoever came this far with a credential has the right one.
      const presented = request.header('authorization') !== undefined;
      return operatorJson(200, {
        nowMs: now(),
        version: process.version,
        runtime: process.runtime,
        startedAtMs: process.startedAtMs,
        residentBytes: process.residentBytes(),
        explain: !hasTokens ? 'off' : presented ? 'ready' : 'needs-token',
        modes: modes.map((mode) => ({
          kind: mode.kind,
          title: mode.title,
          environments: mode.environments().map(environmentStatus),
          credentials: mode.credentials(),
          figures: mode.figures(),
        })),
        changes: { total: changes.total, newest: changes.changes },
      });
    },
  };
}

function environmentStatus({ name, state, fetching }: OperatorEnvironment): object {
  return { name, state: state ?? null, fetching: fetching ?? null };
}
