import { hostname } from 'node:os';
import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Everywhere } from '../../../flags/everywhere.ts';
import { type Filled, sumFilled } from '../../../flags/filled.ts';
import type { ClientAddress } from '../../../http/client-address.ts';
import { createCors } from '../../../http/cors.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../../http/types.ts';
import type { Family } from '../../../operations/edge-prometheus.ts';
import { uniqueNames } from '../../../operations/metrics/environment-families.ts';
import { ownFamily } from '../../../operations/metrics/own-family.ts';
import type { NamedEvaluations } from '../../../operations/metrics/usage-families.ts';
import type { OperatorMode } from '../../../operations/operator/types.ts';
import { systemSlicing } from '../../../operations/slicing.ts';
import { systemTimers } from '../../../operations/system-timers.ts';
import { isInRanges } from '../../../unleash/edge/context/client-ip.ts';
import type { EdgeMetrics, EdgeToken } from '../../../unleash/edge/types.ts';
import { ProxyApi } from '../../../unleash/proxy/api.ts';
import { createCredentialCheck } from '../../../unleash/proxy/credentials.ts';
import { createProxyHandler } from '../../../unleash/proxy/handler.ts';
import { createPathMatcher } from '../../../unleash/proxy/paths.ts';
import type { ToggleSource } from '../../../unleash/proxy/toggle-source.ts';
import type { EdgeCore, EdgeServerSettings } from '../assemble-edge.ts';
import { type ExplainedBeside, proxyPathsMode } from './operator.ts';
import { ProxyScope } from './proxy-scope.ts';

/** What serving `/proxy` in edge mode needs. */
export interface ProxyPathsOptions {
  readonly core: EdgeCore;
  readonly metrics: EdgeMetrics;
  readonly clientIp: ClientAddress;
  /** What keys without an environment stand for; undefined while it is not known. */
  readonly defaultToken: () => EdgeToken | undefined;
  /** Whether all processes that share the port hold what they should; without it there is one. */
  readonly everywhere?: Everywhere | undefined;
}

/** The paths of Unleash Proxy, in front of those of Edge. */
export interface ProxyPaths {
  /** Answers below `/proxy`, and hands everything else on. */
  readonly inFront: (edge: HttpHandler) => HttpHandler;
  readonly families: readonly Family[];
  /** How many sets of definitions can be served now. */
  readonly ready: () => number;
  /** Resolves when what Edge holds is served here, too. */
  readonly settled: () => Promise<unknown>;
  /** Memory of finished replies. */
  readonly cached: () => Filled;
  /** Evaluations by environment. */
  readonly evaluations: () => NamedEvaluations[];
  /** What its keys see, for operators. */
  readonly operator: (edge: ExplainedBeside) => OperatorMode;
}

/**
 * Serves the API of Unleash Proxy from the definitions that Edge holds, so that its clients keep their address and
 * their keys. Keys of one environment share a compiled set. Cross-origin rules and access lists are Edge's; what Edge
 * leaves open is as in Unleash Proxy.
 *
 * Source: Unleash Proxy specification 1 to 4.
 */
export function createProxyPaths(options: ProxyPathsOptions): ProxyPaths {
  const { core, defaultToken } = options;
  const { settings, requests, logger } = core;
  const mount = `${settings.basePath}/proxy`;
  const keyHeader = (settings.proxyClientKeyHeader ?? 'authorization').toLowerCase();
  const cors = createCors(corsOptions(settings));
  const scopes = new Map<string | undefined, { readonly scope: ProxyScope; readonly keys: string[] }>();
  for (const { key, environment } of settings.proxyClientKeys) {
    const known = scopes.get(environment);
    if (known !== undefined) known.keys.push(key);
    else scopes.set(environment, { scope: createScope(options, environment, defaultToken), keys: [key] });
  }
  const handlerFor = (source: ToggleSource, keys: readonly string[]) =>
    createProxyHandler(
      new ProxyApi({
        mount,
        source,
        everywhere: options.everywhere,
        defaults: { appName: settings.proxyAppName ?? 'unleash-proxy', environment: settings.proxyEnvironment },
        clientAddress: options.clientIp,
        keyHeader,
        isClientKey: createCredentialCheck(keys),
        isServerToken: () => false,
        allEnabled: !settings.disableAllEndpoint,
        enrich: undefined,
        bodyLimitBytes: settings.bodyLimitBytes,
        prometheus: undefined,
        onRequest: () => {},
        debug: undefined,
        onError: (error) => tell(logger, logEvents.requestFailed, error),
      }),
      cors,
      undefined,
    );
  const all = [...scopes.values()];
  const named = (): (readonly [name: string, scope: ProxyScope])[] => {
    const names = uniqueNames(all.map(({ scope }) => scope.environmentName ?? ''));
    return all.map(({ scope }, index) => [names[index] as string, scope]);
  };
  const byKey = new Map<string, HttpHandler>();
  for (const { scope, keys } of all) {
    const handler = handlerFor(scope, keys);
    for (const key of keys) byKey.set(key, handler);
  }
  const withoutKey = handlerFor(new AnyOf(all.map(({ scope }) => scope)), []);
  const match = createPathMatcher(mount);
  const isLocked = createLock(settings, options.clientIp);

  const answer = (request: HttpRequest): HttpReply | Promise<HttpReply> => {
    if (isLocked(request)) return { status: 403, headers: { 'Content-Length': '0' }, body: null };
    return (byKey.get(request.header(keyHeader) ?? '') ?? withoutKey)(request);
  };
  const served: HttpHandler = (request) => {
    const startMs = performance.now();
    const count = (reply: HttpReply) => {
      const endpoint = `/proxy:${match(request.path) ?? 'unknown'}`;
      requests.count(endpoint, request.method, reply.status, performance.now() - startMs, reply.body?.length ?? 0);
      return reply;
    };
    const reply = answer(request);
    return reply instanceof Promise ? reply.then(count) : count(reply);
  };
  return {
    inFront: (edge) => (request) => (match(request.path) === undefined ? edge(request) : served(request)),
    families: [
      ownFamily('halyard_proxy_reply_cache_bytes', () =>
        named().map(([name, { cachedBytes }]) => [{ environment: name }, cachedBytes] as const),
      ),
    ],
    ready: () => all.filter(({ scope }) => scope.isReady()).length,
    settled: () => Promise.all(all.map(({ scope }) => scope.settled())),
    cached: () => sumFilled(all.map(({ scope }) => scope.cached)),
    evaluations: () => named().map(([name, { evaluations }]) => [name, 'proxy', evaluations]),
    operator: (edge) =>
      proxyPathsMode(
        all,
        settings.proxyClientKeys.map(({ key }) => key),
        edge,
      ),
  };
}

/**
 * Stands in where no key says whose definitions are meant. Like Edge itself it is ready when any are there; it is never
 * asked for them.
 */
class AnyOf implements ToggleSource {
  readonly #sources: readonly ToggleSource[];

  constructor(sources: readonly ToggleSource[]) {
    this.#sources = sources;
  }

  isReady(): boolean {
    return this.#sources.some((source) => source.isReady());
  }

  list(): never {
    throw new Error('no key chooses the definitions');
  }

  named(): never {
    return this.list();
  }

  definitions(): never {
    return this.list();
  }

  registerMetrics(): void {}
}

function createScope(
  { core, metrics }: ProxyPathsOptions,
  environment: string | undefined,
  defaultToken: () => EdgeToken | undefined,
): ProxyScope {
  const { settings, environments, logger } = core;
  const whole: EdgeToken | undefined =
    environment === undefined
      ? undefined
      : { token: `*:${environment}.proxy`, type: 'frontend', environment, projects: ['*'], status: 'Trusted' };
  return new ProxyScope({
    token: whole === undefined ? defaultToken : () => whole,
    environments,
    metrics,
    appName: settings.proxyAppName ?? 'unleash-proxy',
    environment: settings.proxyEnvironment,
    servesAll: !settings.disableAllEndpoint,
    cacheBytes: settings.replyCacheBytes,
    random: Math.random,
    hostname: process.env.HOSTNAME || hostname(),
    now: systemTimers.now,
    slicing: systemSlicing,
    logger,
  });
}

/** Looks at the same address as the lists of Edge's own paths. */
function createLock(
  { allowList, denyList }: EdgeServerSettings,
  clientIp: ClientAddress,
): (request: HttpRequest) => boolean {
  if (allowList.length === 0 && denyList.length === 0) return () => false;
  return (request) => {
    const address = clientIp(request);
    return isInRanges(address, denyList) || (allowList.length > 0 && !isInRanges(address, allowList));
  };
}

function corsOptions(settings: EdgeServerSettings): Parameters<typeof createCors>[0] {
  const given = <Item>(list: readonly Item[]) => (list.length > 0 ? list : undefined);
  const origins = settings.corsOrigin.includes('*') ? undefined : given(settings.corsOrigin);
  return {
    origin: origins ?? '*',
    credentials: origins !== undefined,
    methods: given(settings.corsMethods) ?? 'GET, POST',
    allowedHeaders: given(settings.corsAllowedHeaders),
    exposedHeaders: given(settings.corsExposedHeaders) ?? 'ETag',
    maxAge: settings.corsMaxAge,
    optionsSuccessStatus: 204,
  };
}
