import { readOfrepOptions } from '../config/ofrep-options.ts';
import { readOperatorSettings } from '../config/operator-options.ts';
import { type Environment, type Warn, warning } from '../config/option.ts';
import { otlpTexts } from '../config/otlp-options.ts';
import { readWorkers } from '../config/workers.ts';
import { joinFleet } from '../fleet/join-fleet.ts';
import { createFlagsmithServer, flagsmithStopLimitMs } from '../library/flagsmith/serve-flagsmith.ts';
import { FlagsmithConfigError } from './asks-for-flagsmith.ts';
import { loadFlagsmithConfig } from './flagsmith-config.ts';
import { observed } from './observed.ts';
import { stopOnSignal } from './signals.ts';
import { startIn } from './start-in.ts';

/** Exit codes of the original: a bad configuration or an address that cannot be used, and a start that failed. */
export const badConfiguration = 1;
export const startFailed = 3;

/** Runs Flagsmith mode until the process is told to stop. */
export async function runFlagsmith(environment: Environment): Promise<void> {
  const fleet = await orExit(badConfiguration, async () =>
    observed(await joinFleet(workersOf(environment)), otlpTexts(environment)),
  );
  const server = await orExit(badConfiguration, async () => {
    const speaks = fleet.primary === undefined;
    const config = loadFlagsmithConfig(environment, speaks ? console.log : () => {});
    const warn: Warn = speaks ? (problem, instead) => console.error(warning(problem, instead)) : () => {};
    return createFlagsmithServer(
      config,
      environment.FORWARDED_ALLOW_IPS,
      readOperatorSettings(environment),
      readOfrepOptions(environment, warn),
      fleet,
    );
  });
  // Before the start: a process that is asked to stop while upstream does not answer stops.
  stopOnSignal(() => server.close(), flagsmithStopLimitMs, fleet);
  await orExit(startFailed, () =>
    startIn(fleet, async () => {
      await server.start();
      return undefined;
    }),
  );
}

/** Does work whose failure ends the process with an exit code; the system's own errors end it with 1. */
export async function orExit<Result>(code: number, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { message, code: system } = error as { message?: string; code?: unknown };
    console.error(error instanceof FlagsmithConfigError ? message : `Error: ${message ?? String(error)}`);
    process.exit(system === undefined ? code : badConfiguration);
  }
}

/**
 * How many processes serve: by `WORKERS`, else by the variable of the original.
 *
 * @throws Error with advice when it is no number
 */
export function workersOf({ WORKERS, WEB_CONCURRENCY }: Environment): number {
  return WORKERS ? readWorkers(WORKERS) : readWorkers(WEB_CONCURRENCY, 'WEB_CONCURRENCY');
}
