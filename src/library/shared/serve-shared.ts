import { readOfrepOptions } from '../../config/ofrep-options.ts';
import type { Readiness } from '../../flagsmith/api/health.ts';
import type { FlagsmithConfig } from '../../flagsmith/config/read-config.ts';
import { alone, type Fleet } from '../../fleet/fleet.ts';
import { defaultOperatorSettings } from '../../http/operator/settings.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../http/types.ts';
import { withRepeats } from '../../unleash/edge/api/repeats.ts';
import type { IProxyConfig } from '../../unleash/proxy/config-types.ts';
import { listenEdge } from '../edge/listen-edge.ts';
import { edgeOperatorSettings, type PreparedEdge } from '../edge/prepared-edge.ts';
import { assembleFlagsmith } from '../flagsmith/assemble-flagsmith.ts';
import { type FlagsmithSystem, flagsmithSystem } from '../flagsmith/flagsmith-system.ts';
import { tellingOfLostStreams } from '../lost-streams.ts';
import { attachOfrep, createOfrepFor } from '../ofrep/attach.ts';
import { joinOfrep } from '../ofrep/joined-source.ts';
import { attachOperator } from '../operator/attach.ts';
import { type ProxySystem, proxySystem } from './proxy-system.ts';
import { createSharedServer } from './shared-server.ts';
import type { SharedServer } from './system.ts';

/** The systems of one process; two of them at least. */
export interface SharedSystems {
  readonly proxy: IProxyConfig | undefined;
  readonly flagsmith: FlagsmithConfig | undefined;
  readonly edge: PreparedEdge | undefined;
}

/** Where the process listens. */
export interface SharedAddress {
  readonly port: number | string;
  readonly host: string | undefined;
}

/**
 * One server for all systems that are configured. A path belongs to the first that calls it its own: Flagsmith, whose
 * paths are a short list; Unleash Proxy, below its base path; Unleash Edge. What is left is Unleash Proxy's, without
 * one Edge's. With Edge, Edge's settings of the listener count (HTTPS, keep-alive).
 *
 * @param forwardedAllowIps peers whose forwarded addresses count in Flagsmith's log, where it says that they do at all
 * @throws StateSettingError, RedisSettingsError
 */
export async function serveShared(
  { proxy: proxyConfig, flagsmith: flagsmithConfig, edge }: SharedSystems,
  { port, host }: SharedAddress,
  forwardedAllowIps: string | undefined,
  fleet: Fleet = alone,
): Promise<SharedServer> {
  const openFeature = edge?.settings ?? proxyConfig?.openFeature ?? readOfrepOptions({}, () => {});
  const flagsmith =
    flagsmithConfig && flagsmithSystem(await assembleFlagsmith(flagsmithConfig, fleet), forwardedAllowIps, openFeature);
  const proxy = proxyConfig && proxySystem(proxyConfig, fleet);
  const systems = [flagsmith, proxy, edge].filter((system) => system !== undefined);
  const fallback = proxy ?? edge ?? systems[0];
  if (fallback === undefined) throw new TypeError('there is no system to serve');
  const onError = (error: unknown) => (proxyConfig?.logger ?? edge?.logger)?.error(error);
  // The same variables for all of them; Edge may also be told by flags.
  const settings = edge === undefined ? proxyConfig?.operator : edgeOperatorSettings(edge.settings);
  const operator = {
    settings: settings ?? defaultOperatorSettings,
    basePath: proxyConfig?.proxyBasePath ?? edge?.settings.basePath ?? '',
    modes: systems.map((system) => system.operator),
    onError,
  };
  const named = { flagsmith: flagsmith?.ofrep, unleash: proxy?.ofrep, edge: edge?.ofrep };
  const ofrep = createOfrepFor(joinOfrep(named, operator.basePath));
  return createSharedServer({
    inFront: (handler) => withRepeats(attachOperator(attachOfrep(handler, ofrep), operator), edge?.repeats),
    onClose: () => ofrep?.close(),
    systems,
    fallback,
    common: commonHealth(proxy ?? proxyPathsOf(edge), flagsmith),
    stopLimitMs: stopLimitMs(proxyConfig, edge?.settings),
    listen: (handler) => {
      if (edge !== undefined) {
        return listenEdge(
          handler,
          { ...edge.settings, port: Number(port), interface: host },
          edge.logger,
          fleet.listen,
        );
      }
      const seconds = flagsmithConfig?.edgeProxy.server.timeout_keep_alive;
      const http = proxyConfig?.http ?? flagsmithConfig?.halyard.http;
      const options = { port, host, http, onError, ...(seconds && { keepAliveTimeoutMs: seconds * 1000 }) };
      const listening = fleet.listen(handler, options);
      return proxyConfig === undefined
        ? listening
        : listening.then((server) => tellingOfLostStreams(server, proxyConfig.logger));
    },
  });
}

/** How long each step of a stop may take, in milliseconds: with Edge as it says, since its listener counts for all. */
export function stopLimitMs(proxy: StopLimit | undefined, edge: StopLimit | undefined): number {
  return edge?.shutdownTimeoutMs ?? proxy?.shutdownTimeoutMs ?? 5_000;
}

type StopLimit = { readonly shutdownTimeoutMs: number };

/** Where Edge itself answers below `/proxy`. */
function proxyPathsOf(edge: PreparedEdge | undefined): HealthOfProxy | undefined {
  if (edge === undefined || edge.settings.proxyClientKeys.length === 0) return undefined;
  return { handler: edge.handler, healthPath: `${edge.settings.basePath}/proxy/health` };
}

type HealthOfProxy = Pick<ProxySystem, 'handler' | 'healthPath'>;

/**
 * `/proxy/health` is a path of Unleash Proxy and of Flagsmith: healthy, in Unleash Proxy's words, when both are;
 * otherwise the one that is not says why. Each side's own address tells its own state.
 */
function commonHealth(
  proxy: HealthOfProxy | undefined,
  flagsmith: FlagsmithSystem | undefined,
): ReadonlyMap<string, HttpHandler> {
  if (proxy === undefined || flagsmith === undefined) return new Map();
  const handler: HttpHandler = (request) => {
    const reply = proxy.handler(request);
    return reply instanceof Promise
      ? reply.then((late) => judge(request, late, flagsmith))
      : judge(request, reply, flagsmith);
  };
  return new Map([proxy.healthPath, `${proxy.healthPath}/`].map((path) => [path, handler]));
}

function judge(request: HttpRequest, reply: HttpReply, flagsmith: FlagsmithSystem): HttpReply | Promise<HttpReply> {
  if (reply.status !== 200 && reply.status !== 304) return reply;
  const readiness = flagsmith.readiness();
  return readiness instanceof Promise
    ? readiness.then((late) => joined(request, reply, late))
    : joined(request, reply, readiness);
}

function joined(request: HttpRequest, reply: HttpReply, { status, body }: Readiness): HttpReply {
  if (status === 200 || request.method === 'OPTIONS') return reply;
  return { status, headers: { 'Content-Type': 'application/json' }, body: request.method === 'HEAD' ? null : body };
}
