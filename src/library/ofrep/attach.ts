import { createHash, randomBytes } from 'node:crypto';
import type { OpenFeatureOptions } from '../../flags/openfeature.ts';
import { createCors } from '../../http/cors.ts';
import { createPublicBase } from '../../http/public-base.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../http/types.ts';
import { createOfrep, type Ofrep } from '../../ofrep/handler.ts';
import type { OfrepSettings } from '../../ofrep/settings.ts';
import type { StreamWorld } from '../../ofrep/streams/hub.ts';
import type { OfrepSource } from '../../ofrep/types.ts';
import { spanEvaluations } from '../../operations/otlp/evaluations.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { type ModeCors, ofrepCors } from './cors-options.ts';

/** What OFREP needs of one mode, or of several behind one port. */
export interface OfrepParts {
  readonly source: OfrepSource;
  readonly options: OpenFeatureOptions;
  /** Credentials of the configuration, which all replicas share. Stream URLs are signed with what they hash to. */
  readonly secrets: readonly string[];
  /** The cross-origin rules of the mode's own routes. */
  readonly cors: ModeCors;
  /** Path in front of all routes; empty or like `/base`. */
  readonly basePath: string;
  /** Path in front of {@link basePath} that an application adds. */
  readonly mountPath?: ((request: HttpRequest) => string) | undefined;
  readonly clientAddress: (request: HttpRequest) => string | undefined;
  /** Whether the peer may say what its client asked for; undefined where nobody may. */
  readonly isTrusted: ((request: HttpRequest) => boolean) | undefined;
  readonly isDenied?: ((request: HttpRequest) => boolean) | undefined;
  readonly onRequest?: ((endpoint: OfrepEndpoint, request: HttpRequest, reply: HttpReply) => void) | undefined;
  readonly onError: (error: unknown) => void;
  /** Called with what is made of these parts, for figures. */
  readonly onCreated?: ((ofrep: Pick<Ofrep, 'streams' | 'bounds'>) => void) | undefined;
  /** Clock, timers and chance; the process's own unless given. */
  readonly world?: StreamWorld | undefined;
}

/** Written out: a text for each request would have to be looked up letter by letter. */
const endpoints = {
  single: 'ofrep-single',
  badKey: 'ofrep-badKey',
  bulk: 'ofrep-bulk',
  events: 'ofrep-events',
  unknown: 'ofrep-unknown',
} as const;

/** What requests are counted as. */
export type OfrepEndpoint = (typeof endpoints)[keyof typeof endpoints];

/** OFREP over some parts; undefined where it is switched off or nothing can answer. */
export function createOfrepFor(parts: OfrepParts | undefined): Ofrep | undefined {
  if (parts === undefined || !parts.options.ofrep) return undefined;
  const { source, options, basePath, mountPath, clientAddress, isTrusted, isDenied, onRequest, onError } = parts;
  const ofrep = createOfrep({
    source,
    settings: ofrepSettings(options, parts.secrets),
    cors: createCors(ofrepCors(parts.cors, options)),
    basePath,
    clientAddress,
    publicBase: createPublicBase({
      publicUrl: options.ofrepPublicUrl,
      basePath: mountPath === undefined ? basePath : (request) => mountPath(request) + basePath,
      isTrusted,
    }),
    isDenied,
    world: parts.world ?? { now: systemTimers.now, set: systemTimers.set, random: Math.random },
    listener: spanEvaluations,
    onRequest: (route, request, reply) => onRequest?.(endpoints[route], request, reply),
    onError,
  });
  parts.onCreated?.(ofrep);
  return ofrep;
}

/** Puts OFREP in front of a handler. Requests for anything else cost one comparison of their path. */
export function attachOfrep(handler: HttpHandler, ofrep: Ofrep | undefined): HttpHandler {
  if (ofrep === undefined) return handler;
  const { prefix } = ofrep;
  return (request) => (request.path.startsWith(prefix) ? ofrep.respond(request) : handler(request));
}

function ofrepSettings(options: OpenFeatureOptions, secrets: readonly string[]): OfrepSettings {
  const { ofrepMetadata: level } = options;
  return {
    strict: options.ofrepStrict,
    bodyLimitBytes: options.ofrepBodyLimit,
    replyCacheBytes: options.ofrepReplyCacheLimit,
    singleLimit: options.ofrepSingleLimit,
    selectionLimit: options.ofrepSelectionLimit,
    endingLimit: options.ofrepEndingLimit,
    refreshWaitMs: options.ofrepRefreshWait,
    metadata: { backend: level ?? 'basic', frontend: level ?? 'none' },
    hideInactive: options.ofrepHideInactive,
    countBulk: options.ofrepCountBulk,
    staleAfterMs: options.ofrepStaleAfter * 1_000,
    streams: {
      enabled: options.ofrepStreams,
      except: new Set(options.ofrepStreamsExcept),
      secret: options.ofrepStreamSecret ?? sharedSecret(secrets),
      urlLifetimeMs: options.ofrepStreamUrlHours * 3_600_000,
      inactivityDelaySeconds: options.ofrepStreamInactivity,
      maximumAgeMs: options.ofrepStreamAge * 1_000,
      limit: options.ofrepStreamLimit,
      perCredential: options.ofrepStreamsPerCredential,
      perAddress: options.ofrepStreamsPerAddress,
      spreadMs: options.ofrepStreamSpread,
      clientsPerSecond: options.ofrepStreamRate,
      heartbeatSeconds: options.ofrepStreamHeartbeat,
    },
  };
}

/** The same on all replicas with the same configuration, without being told; and useless for anything else. */
function sharedSecret(secrets: readonly string[]): string {
  if (secrets.length === 0) return randomBytes(32).toString('hex');
  return createHash('sha256')
    .update(JSON.stringify(['ofrep streams', ...[...secrets].sort()]))
    .digest('hex');
}
