import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Logger } from '../../../flags/logger.ts';
import { UpstreamError } from '../../../http/upstream/types.ts';
import { redactToken } from '../../tokens/mask.ts';
import { edgeClientSpecVersion } from '../../upstream/identity.ts';
import type { EdgeIdentity, EdgeToken, EdgeUpstreamAccess } from '../types.ts';

/** What announcing needs. */
export interface AnnounceOptions {
  readonly access: EdgeUpstreamAccess;
  readonly identity: EdgeIdentity;
  readonly metricsIntervalMs: number;
  /** Name and version of the runtime. */
  readonly platformName: string;
  readonly platformVersion: string;
  readonly logger: Logger;
}

/**
 * Tells upstream once that this process fetches with a token. Nothing depends on it: failures are logged.
 *
 * Source: Unleash Edge specification 14.4.
 */
export async function announce(token: EdgeToken, options: AnnounceOptions): Promise<void> {
  const { access, identity, metricsIntervalMs, logger } = options;
  const body = JSON.stringify({
    appName: identity.appName,
    instanceId: identity.instanceId,
    connectionId: identity.connectionId,
    environment: token.environment,
    projects: token.projects,
    interval: Math.round(metricsIntervalMs / 1000),
    started: new Date(identity.startedAtMs).toISOString(),
    strategies: [],
    sdkVersion: `unleash-edge:${identity.edgeVersion}`,
    sdkType: 'backend',
    specVersion: edgeClientSpecVersion,
    platformName: options.platformName,
    platformVersion: options.platformVersion,
  });
  let problem: string | undefined;
  try {
    const { status } = await access.send({
      method: 'POST',
      url: access.urls.register,
      headers: { ...access.headers(token.token, metricsIntervalMs), 'Content-Type': 'application/json' },
      body,
      timeoutMs: access.timeoutMs,
      limitBytes: access.limitBytes,
    });
    if (status < 200 || status > 299) problem = `upstream says ${status}`;
  } catch (error) {
    problem = error instanceof UpstreamError ? error.message : String(error);
  }
  if (problem === undefined) return;
  tell(logger, logEvents.edgeRegistrationFailed, `Could not register ${redactToken(token.token)} upstream: ${problem}`);
}
