import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import { FetchRequest, toResponse } from '../http/hosts/fetch-request.ts';
import { RequestAbortedError } from '../http/types.ts';
import { createAnswering, type ProxyHandle } from './answering.ts';
import { assembleProxy } from './assemble.ts';
import type { IClient } from './client-types.ts';
import { attachOfrep, createOfrepFor, type OfrepParts } from './ofrep/attach.ts';
import { attachOperator } from './operator/attach.ts';
import { embeddedSettings } from './operator/embedded.ts';
import { proxyMode } from './operator/proxy-mode.ts';
import type { ProxyOptions } from './options.ts';
import { createRunnableConfig } from './resolve-config.ts';
import { warnOfPreHook } from './serve.ts';

/** Settings of {@link createFetchHandler} beyond those of the original. */
export interface FetchHandlerOptions extends ProxyOptions {
  /** Answers instead of the built-in client. */
  client?: IClient;
  /**
   * Tells the address of a request's other end from what the runtime passes to `fetch` beside the request. Without it,
   * what Bun, Deno and the usual adapters for Node pass is understood. Undefined means unknown.
   */
  peerAddress?: (request: Request, ...rest: readonly unknown[]) => string | undefined;
}

/** The API as a function from `Request` to `Response`. */
export interface FetchHandler extends ProxyHandle {
  /** Answers one request. Never rejects; needs no `this`. Paths that are not the API's get the 404 page. */
  readonly fetch: (request: Request, ...rest: readonly unknown[]) => Response | Promise<Response>;
}

/**
 * The Unleash Proxy API for any server that speaks `fetch`: `Bun.serve`, `Deno.serve`, workers, Hono, and Node through
 * an adapter. What the options leave open comes from the environment. Definitions are fetched from now on, unless a
 * client is given. `preHook` has no application to be called with, and is not called.
 *
 * @throws as `createApp`
 */
export function createFetchHandler(options: FetchHandlerOptions = {}): FetchHandler {
  const { client, peerAddress = usualPeerAddress, ...proxyOptions } = options;
  const config = createRunnableConfig(proxyOptions);
  warnOfPreHook(config);
  const answering = createAnswering(config, client);
  const proxy = assembleProxy(config, answering.source, { stopping: answering.stopping });
  const ofrep = createOfrepFor(proxy.ofrep && withoutStreams(proxy.ofrep));
  const handler = attachOperator(attachOfrep(proxy.handler, ofrep), {
    settings: embeddedSettings(config.operator),
    basePath: config.proxyBasePath,
    modes: [proxyMode('proxy', config, answering.service)],
    onError: (error) => tell(config.logger, logEvents.requestFailed, error),
  });
  const fail = (error: unknown): Response => {
    if (!(error instanceof RequestAbortedError)) tell(config.logger, logEvents.requestFailed, error);
    return new Response('Internal Server Error', { status: 500 });
  };
  answering.start();
  return {
    client: answering.client,
    ready: answering.ready,
    close: () => {
      ofrep?.close();
      return answering.stop();
    },
    fetch: (request, ...rest) => {
      try {
        const reply = handler(new AnyFetchRequest(request, () => peerAddress(request, ...rest)));
        return reply instanceof Promise ? reply.then(toResponse).catch(fail) : toResponse(reply);
      } catch (error) {
        return fail(error);
      }
    },
  };
}

/** What passes on whole responses cannot keep streams open: clients poll instead. */
function withoutStreams(parts: OfrepParts): OfrepParts {
  return { ...parts, options: { ...parts.options, ofrepStreams: false } };
}

/** A request that need not have come over HTTP/1.1: its body may be there without a header that announces it. */
class AnyFetchRequest extends FetchRequest {
  override readonly peerAddress: () => string | undefined;

  constructor(request: Request, peerAddress: () => string | undefined) {
    super(request);
    this.peerAddress = peerAddress;
  }

  override header(name: string): string | undefined {
    const value = super.header(name);
    if (value !== undefined || name !== 'transfer-encoding' || this.method === 'GET' || this.method === 'HEAD') {
      return value;
    }
    return super.header('content-length') === undefined && this.native.body !== null ? 'chunked' : undefined;
  }
}

interface UsualCompanions {
  /** Bun: the server. */
  readonly requestIP?: (request: Request) => { readonly address: string } | null;
  /** Deno: the connection. */
  readonly remoteAddr?: { readonly hostname?: string };
  /** Adapters for Node: the environment, with Node's own request in it. */
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

function usualPeerAddress(request: Request, companion?: unknown): string | undefined {
  const { ip } = request as { ip?: unknown };
  if (typeof ip === 'string') return ip;
  if (typeof companion !== 'object' || companion === null) return undefined;
  const { requestIP, remoteAddr, incoming } = companion as UsualCompanions;
  if (typeof requestIP === 'function') return requestIP.call(companion, request)?.address;
  return remoteAddr?.hostname ?? incoming?.socket?.remoteAddress;
}
