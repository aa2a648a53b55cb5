import { randomBytes } from 'node:crypto';
import { readFleetSettings } from '../../config/fleet-options.ts';
import type { Environment } from '../../config/option.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { reportBoundSettings } from '../../flags/fleet-settings.ts';
import type { FlagsmithConfig } from '../../flagsmith/config/read-config.ts';
import { createFlagsmithService, type FlagsmithService } from '../../flagsmith/service.ts';
import type { UpstreamLog, UpstreamTimers } from '../../flagsmith/upstream/timers.ts';
import { FlagsmithShare, followFlagsmith } from '../../fleet/flagsmith.ts';
import { alone, type Fleet } from '../../fleet/fleet.ts';
import { flagsmithReporting, flagsmithSharing } from '../../fleet/sharing/flagsmith-choices.ts';
import { joinUpstream } from '../../fleet/sharing/join-sharing.ts';
import { oneEventStream } from '../../fleet/streams/one-stream.ts';
import { createUpstreamClient } from '../../http/upstream/client.ts';
import type { Ofrep } from '../../ofrep/handler.ts';
import { collectFamilies, prometheusText } from '../../operations/edge-prometheus.ts';
import { FlagsmithLogger } from '../../operations/flagsmith-logger.ts';
import type { OperatorMode } from '../../operations/operator/types.ts';
import { RequestCounts } from '../../operations/request-counts.ts';
import { systemSlicing } from '../../operations/slicing.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { flagsmithMode } from '../operator/flagsmith-mode.ts';
import { processFamilies } from '../process-families.ts';
import { createEventStreamOpener } from './event-stream.ts';
import { flagsmithBounds } from './flagsmith-bounds.ts';
import { flagsmithFamilies } from './flagsmith-families.ts';
import { KeptDocuments } from './kept-documents.ts';
import { logUpstream } from './logged-upstream.ts';
import { flagsmithOperatorFigures } from './operator-figures.ts';
import { openFlagsmithStore } from './state-store.ts';

/** The Flagsmith part with the real outside world, before anything listens. */
export interface FlagsmithParts {
  readonly config: FlagsmithConfig;
  readonly logger: FlagsmithLogger;
  readonly service: FlagsmithService;
  readonly requests: RequestCounts;
  /** To be called with what serves OpenFeature, for figures. */
  readonly onOfrep: (ofrep: Pick<Ofrep, 'streams' | 'bounds'>) => void;
  /** What it tells operator tools. */
  readonly operator: OperatorMode;
  /** True for paths that are the Flagsmith part's, whatever it answers there. */
  readonly owns: (path: string) => boolean;
  /**
   * Fetches everything. Resolves when requests can be answered: after the first round, whatever came of it, or as soon
   * as every environment has a kept document.
   */
  readonly start: () => Promise<void>;
  /** Ends all work; delivers what was counted and keeps what is left, each for no longer than `limitMs`. */
  readonly stop: (limitMs: number) => Promise<void>;
}

const loggerName = 'edge_proxy.environments';
const levels = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const;
const streamPaths = '/sse/environments/';
const lookMs = 25;
const stateOverheadBytes = 1_000_000;

/** Timers of the process. */
const timers: UpstreamTimers = {
  ...systemTimers,
  random: Math.random,
  yieldToOthers: systemSlicing.yieldNow,
  loaded: (length) => systemSlicing.loaded?.(length),
};

/**
 * Puts the Flagsmith part together.
 *
 * @throws StateSettingError, RedisSettingsError when documents cannot be kept as the configuration asks
 */
export async function assembleFlagsmith(config: FlagsmithConfig, fleet: Fleet = alone): Promise<FlagsmithParts> {
  const { primary } = fleet;
  const { edgeProxy, halyard } = config;
  const { logging } = edgeProxy;
  const logger = new FlagsmithLogger({
    format: logging.log_format,
    level: logging.log_level,
    levels: logging.override,
    eventField: logging.log_event_field_name,
    colours: logging.colours,
    now: systemTimers.now,
    write: console.error,
  });
  const log = upstreamLog(logger);
  fleet.logTo({
    warn: (_, message) => logger.log('WARNING', loggerName, String(message)),
    error: (message) => logger.log('ERROR', loggerName, String(message)),
    logEvent: ({ level, code }, message) => logger.log(levels[level], loggerName, String(message), { code }),
  });
  // In a group of processes the primary says what there is to say.
  const { code } = logEvents.settingQuestionable;
  if (primary === undefined)
    for (const warning of config.warnings) logger.log('WARNING', loggerName, warning, { code });
  const kept =
    halyard.state === null || primary !== undefined
      ? null
      : new KeptDocuments({
          store: await openFlagsmithStore(halyard.state, halyard.documentLimitBytes + stateOverheadBytes, (problem) =>
            logger.log('ERROR', loggerName, `No state is kept: ${problem}`, { code: logEvents.storeUnusable.code }),
          ),
          timers: systemTimers,
          log,
          lastSuccessMs: (name) => service.lastSuccessMs(name),
        });
  const requests = new RequestCounts();
  const share = new FlagsmithShare();
  const intervalMs = Math.max(edgeProxy.api_poll_frequency_seconds, 1) * 1000;
  const joined = await joinUpstream({
    system: 'flagsmith',
    send: fleet.instruments.send(createUpstreamClient({ rejectUnauthorized: true })),
    settings: primary === undefined ? readFleetSettings(fleetVariables(halyard)) : undefined,
    choose: flagsmithSharing(intervalMs),
    intervalMs,
    chooseReports: flagsmithReporting(config.legacy?.apiUrl ?? edgeProxy.api_url),
    instanceIsCredential: false,
    warn: (_, message) => logger.log('WARNING', loggerName, message),
  });
  const figures = () => prometheusText(collectFamilies(families));
  fleet.figures.expose('flagsmith', figures);
  const openStream = createEventStreamOpener(fleet.instruments);
  const service: FlagsmithService = createFlagsmithService({
    config,
    send: logUpstream(joined.send, logger),
    timers,
    log,
    randomId: () => randomBytes(16).toString('hex'),
    openEventStream:
      primary !== undefined
        ? null
        : joined.streams === undefined
          ? openStream
          : oneEventStream(joined.streams, openStream),
    kept,
    follows: primary !== undefined,
    onDiscovered: share.onDiscovered,
    everywhere: fleet.held('flagsmith', () => heldEnvironments(service)),
    onRequest: (endpoint, status) => requests.add(endpoint, status),
    figures,
  });
  joined.onChanged(() => {
    for (const { clientKey } of service.registry) void service.refresh(clientKey);
  });
  fleet.share?.(share.of(service));
  const onProblem = (error: unknown) => log.error('document_not_taken', { reason: String(error) });
  const stopFollowing = primary && followFlagsmith(service, fleet, primary, onProblem);
  let ofrep: Pick<Ofrep, 'streams' | 'bounds'> | undefined;
  const bounds = () => flagsmithBounds(service, halyard, ofrep);
  const families = [
    ...flagsmithFamilies({
      service,
      requests,
      ofrepStreams: () => ofrep?.streams ?? 0,
      bounds,
      failedSaves: () => kept?.failures ?? 0,
    }),
    ...processFamilies(),
  ];
  return {
    config,
    logger,
    service,
    requests,
    onOfrep: (created) => {
      ofrep = created;
    },
    operator: flagsmithMode({
      registry: service.registry,
      figures: () => service.figures().environments,
      own: () => flagsmithOperatorFigures(service, requests, bounds()),
      now: systemTimers.now,
    }),
    owns: (path) => service.paths.has(path) || (halyard.realtime && path.startsWith(streamPaths)),
    start: () => startServing(service),
    async stop(limitMs) {
      const untilMs = systemTimers.now() + limitMs;
      joined.prepareToLeave();
      await stopFollowing?.();
      await limited(service.stop(), limitMs);
      await Promise.all([joined.leave(Math.max(0, untilMs - systemTimers.now())), kept?.stop(limitMs)]);
    },
  };
}

function fleetVariables(halyard: FlagsmithConfig['halyard']): Environment {
  return {
    HALYARD_FLEET_REDIS_URL: halyard.fleetRedisUrl ?? undefined,
    HALYARD_FLEET_NAME: halyard.fleetName,
    [reportBoundSettings.limitBytes.variable]: String(halyard.fleetUsageLimitBytes),
    [reportBoundSettings.limitEntries.variable]: String(halyard.fleetUsageLimitReports),
    [reportBoundSettings.keepSeconds.variable]: String(halyard.fleetUsageKeepSeconds),
  };
}

/** Environments that make this process ready. */
function heldEnvironments({ registry, lastSuccessMs }: FlagsmithService): number {
  return [...registry].filter(({ clientKey, slot }) => slot.current !== undefined && lastSuccessMs(clientKey) !== null)
    .length;
}

/** Upstream that does not answer is no reason to hold back what was kept. */
async function startServing(service: FlagsmithService): Promise<void> {
  let started = false;
  const starting = service.start().finally(() => {
    started = true;
  });
  const servesAll = () => {
    const environments = [...service.registry];
    return environments.length > 0 && environments.every(({ slot }) => slot.current !== undefined);
  };
  while (!started && !servesAll()) await Promise.race([starting, pause(lookMs)]);
  if (started) await starting;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function limited(work: Promise<void>, ms: number): Promise<void> {
  return Promise.race([work, new Promise<void>((resolve) => systemTimers.set(resolve, ms))]);
}

function upstreamLog(logger: FlagsmithLogger): UpstreamLog {
  // Scripts know the reason of a failed fetch by the name that the original gives it.
  const renamed = ({ reason, ...details }: Readonly<Record<string, unknown>>) =>
    reason === undefined ? details : { ...details, exception: reason };
  return {
    info: (message, details) => logger.log('INFO', loggerName, message, details),
    warn: (message, details) => logger.log('WARNING', loggerName, message, renamed(details)),
    error: (message, details) => logger.log('ERROR', loggerName, message, renamed(details)),
  };
}
