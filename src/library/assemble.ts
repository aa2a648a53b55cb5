import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { shownConfig } from '../config/shown-config.ts';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { Everywhere } from '../flags/everywhere.ts';
import { type JoinedUpstream, joinUpstreamLater } from '../fleet/sharing/join-sharing.ts';
import { unleashReports, unleashSharing } from '../fleet/sharing/unleash-choices.ts';
import { type ClientAddress, createClientAddress, createPeerTrust, TrustProxyError } from '../http/client-address.ts';
import { type Cors, createCors } from '../http/cors.ts';
import { type Instruments, noInstruments } from '../http/instruments.ts';
import type { HttpHandler } from '../http/types.ts';
import { createUpstreamClient } from '../http/upstream/client.ts';
import type { SendUpstream } from '../http/upstream/types.ts';
import { addFigures, type Figures } from '../operations/figures.ts';
import { RequestCounts } from '../operations/request-counts.ts';
import { SimpleLogger } from '../operations/simple-logger.ts';
import { systemSlicing } from '../operations/slicing.ts';
import { systemTimers } from '../operations/system-timers.ts';
import { FileStorage } from '../store/file-storage.ts';
import { ProxyApi } from '../unleash/proxy/api.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { type CredentialCheck, createCredentialCheck } from '../unleash/proxy/credentials.ts';
import { EngineSource } from '../unleash/proxy/engine-source.ts';
import { createEnrich } from '../unleash/proxy/enrichers.ts';
import { createProxyHandler, type DocsHandler } from '../unleash/proxy/handler.ts';
import { ProxyService, type ServiceEnvironment } from '../unleash/proxy/service.ts';
import type { ToggleSource } from '../unleash/proxy/toggle-source.ts';
import type { Identity } from '../unleash/upstream/identity.ts';
import { version } from '../version.ts';
import { lostStreamsFamily } from './lost-streams.ts';
import type { OfrepParts } from './ofrep/attach.ts';
import { proxyOfrepSource } from './ofrep/proxy-source.ts';
import { processFamilies } from './process-families.ts';
import { createProxyDocs } from './proxy-docs.ts';

/** The parts of one Unleash Proxy application, before anything listens. */
export interface ProxyParts {
  readonly config: IProxyConfig;
  readonly api: ProxyApi;
  readonly cors: Cors;
  readonly docs: DocsHandler | undefined;
  readonly clientAddress: ClientAddress;
  /** What OpenFeature clients are answered from; undefined where a client object answers. */
  readonly ofrep: OfrepParts | undefined;
  /** All of it as one handler, without OFREP. */
  readonly handler: HttpHandler;
}

/** The real outside world for one service. */
export function createServiceEnvironment(
  config: IProxyConfig,
  instruments: Instruments = noInstruments,
): ServiceEnvironment {
  const { httpOptions } = config;
  return {
    send: instruments.send(
      createUpstreamClient({
        rejectUnauthorized: httpOptions?.rejectUnauthorized ?? true,
        agent: httpOptions?.agent,
      }),
    ),
    timers: systemTimers,
    random: Math.random,
    hostname: process.env.HOSTNAME || hostname(),
    storage: config.storageProvider ?? new FileStorage(tmpdir()),
    readTextFile: (path) => readFile(path, 'utf8'),
    identity: createIdentity(config),
    ...systemSlicing,
  };
}

function createIdentity(config: IProxyConfig): Identity {
  const { bun, node } = process.versions;
  return {
    appName: config.unleashAppName,
    instanceId: config.unleashInstanceId,
    connectionId: randomUUID(),
    sdkVersion: `unleash-proxy-halyard:${version}`,
    token: config.unleashApiToken,
    platformName: bun === undefined ? 'node' : 'bun',
    platformVersion: bun ?? node,
  };
}

/** A service with the real outside world, and its figures among the process's metrics until it stops. */
export function createService(config: IProxyConfig, environment = createServiceEnvironment(config)): ProxyService {
  const joined = joinFleetOf(config, environment.send);
  const service = new ProxyService(config, { ...environment, send: joined.send, leave: joined.leave });
  joined.onChanged(() => void service.source.upstream?.refresh());
  service.stopping.addEventListener('abort', () => joined.prepareToLeave());
  service.stopping.addEventListener('abort', addFigures(service));
  return service;
}

function joinFleetOf(config: IProxyConfig, send: SendUpstream): JoinedUpstream {
  return joinUpstreamLater({
    system: 'proxy',
    send,
    settings: config.fleet,
    choose: unleashSharing(config.refreshInterval),
    intervalMs: config.refreshInterval,
    chooseReports: unleashReports(config.metricsInterval),
    instanceIsCredential: config.upstreamProfile === 'gitlab',
    warn: (event, message) => tell(config.logger, event, message),
  });
}

/** What an assembly may get from outside. */
export interface AssemblyOptions {
  /** Path of the API, instead of `{base}/proxy`. */
  readonly mount?: string;
  /** Decides about client keys, instead of those of the configuration. */
  readonly isClientKey?: CredentialCheck;
  /** Whose rules for client addresses count, instead of those of the configuration. */
  readonly clientAddress?: ClientAddress;
  /** Whether all processes that share the port hold definitions; without it there is one. */
  readonly everywhere?: Everywhere;
  /** Takes the figures out of the process's metrics again. */
  readonly stopping?: AbortSignal;
}

/** Puts the dialect together over a source of answers. */
export function assembleProxy(config: IProxyConfig, source: ToggleSource, options: AssemblyOptions = {}): ProxyParts {
  const requests = new RequestCounts();
  const figures: { readonly requests: RequestCounts; ofrep?: Figures['ofrep'] } = { requests };
  const removeFigures = addFigures(figures);
  options.stopping?.addEventListener('abort', removeFigures);
  const cors = createCors(config.cors);
  const clientAddress = options.clientAddress ?? createTrustedAddress(config);
  const mount = options.mount ?? `${config.proxyBasePath}/proxy`;
  const keyHeader = config.clientKeysHeaderName.toLowerCase();
  const isClientKey = options.isClientKey ?? createCredentialCheck(config.clientKeys);
  const isServerToken = createCredentialCheck(config.serverSideSdkConfig?.tokens ?? []);
  const enrich = createEnrich(config.expCustomEnrichers ?? [], config.enricherTimeoutMs, systemTimers.set);
  const api = new ProxyApi({
    mount,
    source,
    everywhere: options.everywhere,
    defaults: { appName: config.unleashAppName, environment: config.environment },
    clientAddress,
    keyHeader,
    isClientKey,
    isServerToken,
    allEnabled: config.enableAllEndpoint,
    enrich,
    bodyLimitBytes: config.bodyLimitBytes,
    prometheus: config.enablePrometheus ? renderPrometheus : undefined,
    onRequest: (route, status) => requests.add(route, status),
    debug: debugLines(config),
    onError: (error) => tell(config.logger, logEvents.requestFailed, error),
  });
  tell(config.logger, logEvents.proxyConfiguration, 'Configuration:', shownConfig(config));
  const docs = createProxyDocs(config);
  const ofrep: OfrepParts | undefined =
    source instanceof EngineSource
      ? {
          source: proxyOfrepSource({ config, source, isClientKey, isServerToken, clientAddress, enrich }),
          options: config.openFeature,
          secrets: [config.unleashApiToken, ...config.clientKeys],
          cors: config.cors,
          basePath: config.proxyBasePath,
          clientAddress,
          isTrusted: config.trustProxy === false ? undefined : createPeerTrust(config.trustProxy),
          onRequest: (endpoint, _request, { status }) => requests.add(endpoint, status),
          onError: (error) => tell(config.logger, logEvents.requestFailed, error),
          onCreated: (ofrep) => {
            figures.ofrep = ofrep;
          },
        }
      : undefined;
  return { config, api, cors, docs, clientAddress, ofrep, handler: createProxyHandler(api, cors, docs) };
}

/** Where debug lines go. Another logger than the built-in one gets all of them and decides by itself. */
function debugLines({ logger }: IProxyConfig): ((message: string, ...args: unknown[]) => void) | undefined {
  if (logger instanceof SimpleLogger && !logger.writesDebug) return undefined;
  return (message, ...args) => tell(logger, logEvents.proxyTrace, message, ...args);
}

/** A setting that cannot be used is logged, and nobody is trusted. */
function createTrustedAddress({ trustProxy, logger }: IProxyConfig): ClientAddress {
  try {
    return createClientAddress(trustProxy);
  } catch (error) {
    if (!(error instanceof TrustProxyError)) throw error;
    tell(
      logger,
      logEvents.trustProxyInvalid,
      `The provided "trustProxy" option was not valid ("${trustProxy}")`,
      error,
    );
    return createClientAddress(false);
  }
}

/** The metrics of this process, as Prometheus wants them. Loaded when first asked for: a start should not wait for it. */
export async function renderPrometheus(): Promise<string> {
  const { render } = await import('../operations/prometheus.ts');
  return render([...processFamilies(), lostStreamsFamily()]);
}
