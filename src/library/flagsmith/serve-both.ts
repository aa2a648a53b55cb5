import type { FlagsmithConfig } from '../../flagsmith/config/read-config.ts';
import { listen } from '../../http/hosts/listen.ts';
import type { Listening } from '../../http/hosts/types.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../http/types.ts';
import type { IProxyConfig } from '../../unleash/proxy/config-types.ts';
import { createAnswering } from '../answering.ts';
import { assembleProxy } from '../assemble.ts';
import { assembleFlagsmith, type FlagsmithParts } from './assemble-flagsmith.ts';
import { logged } from './serve-flagsmith.ts';

/** One server for Unleash Proxy's API and Flagsmith's. */
export interface SharedServer {
  /** Fetches for both, then listens. Returns the port in use. */
  start(): Promise<number | undefined>;
  /** Stops accepting, lets open requests finish, sends and keeps what is left of both. */
  close(): Promise<void>;
}

/**
 * A server for both systems on one port: where Unleash Proxy would listen, with Flagsmith's paths answered by Flagsmith
 * and all others by Unleash. What is down on one side changes nothing on the other, health apart.
 */
export async function createSharedServer(
  proxyConfig: IProxyConfig,
  flagsmithConfig: FlagsmithConfig,
  listenOn: { readonly port: number | string; readonly host: string | undefined },
  forwardedAllowIps: string | undefined,
): Promise<SharedServer> {
  const flagsmith = await assembleFlagsmith(flagsmithConfig);
  const answering = createAnswering(proxyConfig, undefined);
  const unleash = assembleProxy(proxyConfig, answering.source, { stopping: answering.stopping });
  const health = new Set(['', '/'].map((end) => `${unleash.config.proxyBasePath}/proxy/health${end}`));
  const ofFlagsmith = logged(flagsmith, forwardedAllowIps);
  const limitMs = proxyConfig.shutdownTimeoutMs;
  let listening: Listening | undefined;
  let stopping = false;
  const handler: HttpHandler = (request) => {
    if (health.has(request.path)) return bothHealthy(request, unleash.handler, flagsmith);
    return flagsmith.owns(request.path) ? ofFlagsmith(request) : unleash.handler(request);
  };
  return {
    async start() {
      answering.start();
      await flagsmith.start();
      if (stopping) return undefined;
      listening = await listen(handler, {
        ...listenOn,
        keepAliveTimeoutMs: flagsmithConfig.edgeProxy.server.timeout_keep_alive * 1000,
        onError: (error) => proxyConfig.logger.error(error),
      });
      return listening.port;
    },
    async close() {
      stopping = true;
      flagsmith.service.endStreams();
      await listening?.close(limitMs);
      await Promise.all([answering.stop(), flagsmith.stop(limitMs)]);
    },
  };
}

/**
 * `/proxy/health` is a path of both: healthy, in Unleash Proxy's words, when both are; otherwise the one that is not
 * says why. Each side's own address tells its own state: `/proxy/health/readiness` is Flagsmith's.
 */
function bothHealthy(
  request: HttpRequest,
  unleash: HttpHandler,
  { service }: FlagsmithParts,
): HttpReply | Promise<HttpReply> {
  const judge = (reply: HttpReply): HttpReply => {
    if (reply.status !== 200 && reply.status !== 304) return reply;
    const { status, body } = service.readiness();
    if (status === 200 || request.method === 'OPTIONS') return reply;
    return { status, headers: { 'Content-Type': 'application/json' }, body: request.method === 'HEAD' ? null : body };
  };
  const reply = unleash(request);
  return reply instanceof Promise ? reply.then(judge) : judge(reply);
}
