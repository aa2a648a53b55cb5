import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import { pause, type Timers } from '../../flags/timers.ts';
import { shownUrl } from '../../http/upstream/shown-url.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import { type Identity, identityHeaders, identityMembers } from './identity.ts';

/** What a registration says and needs. */
export interface RegistrationOptions {
  readonly url: string;
  readonly identity: Identity;
  /** Names of all strategies that can be evaluated here, custom ones included. */
  readonly strategies: readonly string[];
  readonly startedAtMs: number;
  readonly metricsIntervalMs: number;
  readonly timeoutMs: number;
  readonly send: SendUpstream;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const attempts = 5;
const answerLimitBytes = 64 * 1024;

/**
 * Tells upstream that this process exists, so that it shows among an application's instances. Nothing depends on it:
 * a few failures are repeated quietly, then it is left at that.
 *
 * Source: Unleash Proxy specification 6.4; 9.2, 19.
 */
export async function register(options: RegistrationOptions): Promise<void> {
  const { url, identity, timers, logger, signal } = options;
  const body = JSON.stringify({
    appName: identity.appName,
    instanceId: identity.instanceId,
    sdkVersion: identity.sdkVersion,
    strategies: options.strategies,
    started: new Date(options.startedAtMs).toISOString(),
    interval: options.metricsIntervalMs,
    ...identityMembers(identity),
  });
  for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt++) {
    // Read anew each time: the token may have been replaced.
    const headers = { ...identityHeaders(identity, options.metricsIntervalMs), 'Content-Type': 'application/json' };
    const problem = await send(options, headers, body);
    if (problem === undefined) return;
    tell(logger, logEvents.registrationFailed, `Registration at ${shownUrl(url)} failed: ${problem}`);
    await pause(timers, options.metricsIntervalMs);
  }
}

/** @returns what went wrong */
async function send(
  { url, timeoutMs, send: sendUpstream, signal }: RegistrationOptions,
  headers: Record<string, string>,
  body: string,
): Promise<string | undefined> {
  const request = { method: 'POST', url, headers, body, timeoutMs, limitBytes: answerLimitBytes, signal } as const;
  try {
    const { status } = await sendUpstream(request);
    return status >= 200 && status < 300 ? undefined : `it responded ${status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
