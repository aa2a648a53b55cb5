import { createOperatorAccess } from '../../http/operator/access.ts';
import { mountOperator } from '../../http/operator/mount.ts';
import type { OperatorSettings } from '../../http/operator/settings.ts';
import type { HttpHandler } from '../../http/types.ts';
import { ChangeLog } from '../../operations/operator/change-log.ts';
import { explainRoute } from '../../operations/operator/explain-route.ts';
import { flagsRoute } from '../../operations/operator/flags-route.ts';
import { pageRoutes } from '../../operations/operator/page-route.ts';
import { createOperatorHandler } from '../../operations/operator/routes.ts';
import { type ProcessFacts, statusRoute } from '../../operations/operator/status-route.ts';
import type { OperatorMode } from '../../operations/operator/types.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { version } from '../../version.ts';
import { readPageFile } from '../shipped-files.ts';

/** What operator tools need of a server. */
export interface OperatorParts {
  readonly settings: OperatorSettings;
  /** Prefix of all paths, without a slash at its end. */
  readonly basePath: string;
  readonly modes: readonly OperatorMode[];
  readonly onError: (error: unknown) => void;
}

/**
 * Puts the operator tools in front of a server's handler; with `off`, the handler stays what it is. Their paths are
 * theirs from then on, everything else is not touched.
 */
export function attachOperator(handler: HttpHandler, parts: OperatorParts): HttpHandler {
  if (parts.settings.access === 'off') return handler;
  return mountOperator(handler, createOperatorTools(parts), parts.basePath);
}

/** The tools by themselves, for hosts that are no handler. */
export function createOperatorTools({ settings, basePath, modes, onError }: OperatorParts): HttpHandler {
  const access = createOperatorAccess(settings, () => performance.now());
  const mount = `${basePath}/halyard`;
  const changes = new ChangeLog({ modes, now: systemTimers.now, slicing });
  lookNowAndThen(new WeakRef(changes), onError);
  const hasTokens = settings.tokens.length > 0;
  const routes = [
    ...pageRoutes(mount, readPageFile),
    statusRoute({ modes, changes, process: processFacts(), hasTokens, now: systemTimers.now }),
    flagsRoute(modes, changes),
    explainRoute(modes),
  ];
  return createOperatorHandler(mount, routes, access, onError);
}

/** Changes are noticed this often while nobody looks. Comparing revisions takes microseconds. */
const lookIntervalMs = 1_000;

const slicing = {
  elapsedMs: () => performance.now(),
  yieldNow: () => new Promise<void>((resolve) => setImmediate(resolve)),
};

/** Ends with the tools: nobody has to stop it. */
function lookNowAndThen(tools: WeakRef<ChangeLog>, onError: (error: unknown) => void): void {
  const timer = setTimeout(async () => {
    try {
      await tools.deref()?.look();
    } catch (error) {
      onError(error);
    }
    if (tools.deref() !== undefined) lookNowAndThen(tools, onError);
  }, lookIntervalMs);
  timer.unref();
}

function processFacts(): ProcessFacts {
  const { bun, node } = process.versions;
  return {
    version,
    runtime: bun === undefined ? `Node ${node}` : `Bun ${bun}`,
    startedAtMs: Math.round(Date.now() - process.uptime() * 1000),
    residentBytes: () => process.memoryUsage.rss(),
  };
}
