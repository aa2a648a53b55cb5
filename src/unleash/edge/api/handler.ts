import type { ClientAddress } from '../../../http/client-address.ts';
import type { Cors, CorsDecision } from '../../../http/cors.ts';
import { type HttpHandler, type HttpReply, type HttpRequest, RequestAbortedError } from '../../../http/types.ts';
import { type AddressRanges, isInRanges } from '../context/client-ip.ts';
import { type Answer, answers, json, type Repeats } from './answers.ts';
import type { EdgeApi, Outcome } from './edge-api.ts';
import type { Tagger } from './entity.ts';
import { type PathMatch, type RouteName, routeMethods } from './paths.ts';
import type { RepeatedRequests, RepeatTally } from './repeats.ts';
import { sendAnswer } from './send.ts';

/** What the whole dialect is made of. */
export interface EdgeHandlerOptions {
  readonly api: EdgeApi;
  readonly match: (path: string) => PathMatch;
  /** Gets the path as the client wrote it, too. */
  readonly backstage: (route: RouteName, path: string) => Answer | Promise<Answer>;
  readonly cors: Cors;
  readonly tagger: Tagger;
  /** undefined lets everybody in. */
  readonly allowList: AddressRanges | undefined;
  readonly denyList: AddressRanges | undefined;
  /** The address that the lists are about. */
  readonly clientIp: ClientAddress;
  /** Called for each finished request; `elapsedMs` is the time that the handler took. */
  readonly onRequest: (match: PathMatch, request: HttpRequest, reply: HttpReply, elapsedMs: number) => void;
  /** Gets what can be answered again; undefined remembers nothing. Useless where {@link allowList} or `denyList` is set. */
  readonly repeats: RepeatedRequests | undefined;
  /** Makes what counts further requests that get a reply, as `onRequest` does, without a duration. */
  readonly tally: (match: PathMatch, request: HttpRequest, reply: HttpReply) => RepeatTally;
  /** Milliseconds from some start; only differences are used. */
  readonly elapsedMs: () => number;
  /** Called with faults that a client got a 500 for. */
  readonly onError: (error: unknown) => void;
}

/** The answer to a client that may not call. */
type Lock = (found: PathMatch, request: HttpRequest) => Answer | undefined;
type Headers = Readonly<Record<string, string>>;

/**
 * The Edge dialect as one handler: cross-origin rules, which end every preflight; then access lists, which concern the
 * two APIs and `/edge`; then the endpoint.
 *
 * Source: Unleash Edge specification 4.
 */
export function createEdgeHandler(options: EdgeHandlerOptions): HttpHandler {
  const { api, match, backstage, cors, tagger, onRequest, onError, elapsedMs, repeats, tally } = options;
  const lock = createLock(options);

  // Not for what had to wait: a token that had to be asked about may not be known any more when it comes again.
  const learn = (found: PathMatch, request: HttpRequest, reply: HttpReply, outcome: Outcome) => {
    if (repeats === undefined || 'reply' in outcome || outcome.repeats === undefined) return;
    const source = outcome.repeats;
    repeats.learn(request, reply, found.pathClass === 'client', () => both(tally(found, request, reply), source));
  };

  const finish = (found: PathMatch, request: HttpRequest, headers: Headers, startMs: number, outcome: Outcome) => {
    const reply =
      'reply' in outcome ? withHeaders(outcome.reply, headers) : sendAnswer(request, outcome, headers, tagger);
    onRequest(found, request, reply, elapsedMs() - startMs);
    return reply;
  };

  const answer = (found: PathMatch, request: HttpRequest): Outcome | Promise<Outcome> => {
    const locked = lock(found, request);
    if (locked !== undefined) return locked;
    const { route, pathClass } = found;
    const isRouted = route !== undefined && routeMethods[route].includes(request.method);
    if (pathClass !== 'open' || route === 'validate') return api.respond(found, isRouted, request);
    return isRouted ? backstage(route, request.path) : answers.notFound;
  };

  const respond = (request: HttpRequest, { headers, preflight }: CorsDecision): HttpReply | Promise<HttpReply> => {
    if (preflight !== undefined) return preflight;
    const startMs = elapsedMs();
    const found = match(request.path);
    const fault = (error: unknown): HttpReply => {
      if (error instanceof RequestAbortedError) throw error;
      onError(error);
      return finish(found, request, headers, startMs, json({ error: 'Internal error' }, 500));
    };
    try {
      const outcome = answer(found, request);
      if (!(outcome instanceof Promise)) {
        const reply = finish(found, request, headers, startMs, outcome);
        learn(found, request, reply, outcome);
        return reply;
      }
      return outcome.then((late) => finish(found, request, headers, startMs, late)).catch(fault);
    } catch (error) {
      return fault(error);
    }
  };

  return (request) => {
    const decision = cors(request);
    return decision instanceof Promise ? decision.then((late) => respond(request, late)) : respond(request, decision);
  };
}

/** Made out here: what is remembered would hold the request with its connection otherwise, as far as functions see it. */
function both(counted: RepeatTally, source: Repeats): RepeatTally {
  return {
    add() {
      counted.add();
      source.repeated();
    },
  };
}

/**
 * Compares the client's address: the socket's other end, unless proxies are trusted. The original believes forwarding
 * headers always, so that anybody can name an address that is let in (specification 4.6).
 */
function createLock({ allowList, denyList, clientIp }: EdgeHandlerOptions): Lock {
  if (allowList === undefined && denyList === undefined) return () => undefined;
  return ({ path }, request) => {
    if (!path.startsWith('/api') && !path.startsWith('/edge')) return undefined;
    const address = clientIp(request);
    if (allowList !== undefined && !isInRanges(address, allowList)) return answers.notAllowed;
    return denyList !== undefined && isInRanges(address, denyList) ? answers.denied : undefined;
  };
}

function withHeaders(reply: HttpReply, headers: Headers): HttpReply {
  return { ...reply, headers: { ...headers, ...reply.headers } };
}
