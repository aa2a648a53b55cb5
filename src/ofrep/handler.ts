import { type Filled, sumFilled } from '../flags/filled.ts';
import type { Cors, CorsDecision } from '../http/cors.ts';
import { type HttpReply, type HttpRequest, RequestAbortedError } from '../http/types.ts';
import { type Asker, Askers } from './askers.ts';
import { bodyFailure, type ReadContext, readContext } from './body.ts';
import { createBulk } from './bulk.ts';
import { readCredential } from './credential.ts';
import { type Failure, failure, passingFailure } from './errors.ts';
import { bulkRoute, findRoute, flagsPath, ofrepPrefix, type Route } from './route.ts';
import { type Answered, type CorsHeaders, type Headers, toReply, vary } from './send.ts';
import type { OfrepSettings } from './settings.ts';
import { createSingle } from './single.ts';
import { StreamHub, type StreamWorld } from './streams/hub.ts';
import { createStreamRoute } from './streams/stream-route.ts';
import { StreamTokens } from './streams/stream-token.ts';
import { Tails } from './tails.ts';
import type { Access, ContextMembers, EvaluationListener, OfrepSource } from './types.ts';
import { ViewRegister } from './view-register.ts';

/** What OFREP is made of. */
export interface OfrepOptions {
  readonly source: OfrepSource;
  readonly settings: OfrepSettings;
  /** Cross-origin rules; they end preflights. */
  readonly cors: Cors;
  /** Path in front of `/ofrep/v1/`; empty or like `/base`. */
  readonly basePath: string;
  /** Who asks, for limits of streams. */
  readonly clientAddress: (request: HttpRequest) => string | undefined;
  /** Where the client of a request reaches this server, up to `/ofrep`; undefined where it cannot be told. */
  readonly publicBase: (request: HttpRequest) => string | undefined;
  /** True for who may not ask at all. */
  readonly isDenied?: ((request: HttpRequest) => boolean) | undefined;
  readonly world: StreamWorld;
  readonly listener?: EvaluationListener | undefined;
  /** Called for each finished request. */
  readonly onRequest: (route: Route['kind'], request: HttpRequest, reply: HttpReply) => void;
  /** Called with faults that a client got a 500 for. */
  readonly onError: (error: unknown) => void;
}

/** OFREP over one source. */
export interface Ofrep {
  /** What the paths of OFREP start with. */
  readonly prefix: string;
  /** Answers a request whose path starts with {@link prefix}. Rejects only when the client is gone. */
  respond(request: HttpRequest): HttpReply | Promise<HttpReply>;
  /** Open event streams. */
  readonly streams: number;
  /** How full is what it keeps, of views from before a change too while they are still in memory. */
  bounds(): OfrepBounds;
  /** Ends all streams; evaluations are refused from now on. */
  close(): void;
}

/** What OFREP keeps within bounds. */
export interface OfrepBounds {
  readonly ofrep_streams: Filled;
  /** Bytes. */
  readonly ofrep_reply_cache_bytes: Filled;
  readonly ofrep_single_replies: Filled;
  readonly ofrep_selections: Filled;
  readonly ofrep_endings: Filled;
  /** Bytes. */
  readonly ofrep_request_cache_bytes: Filled;
  /** Bytes; undefined where contexts are not remembered. */
  readonly ofrep_context_cache_bytes?: Filled;
}

/** What a request is answered with once its body is there. */
class NeedsBody {
  readonly use: (body: Uint8Array) => Answered | Promise<Answered>;
  readonly fail: (why: Failure) => Answered;

  constructor(use: NeedsBody['use'], fail: NeedsBody['fail']) {
    this.use = use;
    this.fail = fail;
  }
}

type Step = Answered | NeedsBody;

const drainingSeconds = 5;
const loadingSeconds = 2;

/**
 * OpenFeature's remote evaluation protocol, version 0.3: single and bulk evaluation, and event streams.
 *
 * Source: OFREP specification 2 to 9.
 */
export function createOfrep(options: OfrepOptions): Ofrep {
  const { source, settings, cors, basePath, world, isDenied, listener, onRequest, onError } = options;
  const prefix = `${basePath}${ofrepPrefix}`;
  const bulkPath = `${prefix}${flagsPath}`;
  const tokens = new StreamTokens(settings.streams.secret, settings.streams.urlLifetimeMs, world.now);
  const hub = new StreamHub(source, settings.streams, world);
  source.onRevoked((credential) => hub.revoke(tokens.fingerprint(credential)));
  const tails = new Tails({
    streams: settings.streams,
    tokens,
    staleAfterMs: settings.staleAfterMs,
    limit: settings.endingLimit,
    now: world.now,
  });
  const register = new ViewRegister(settings);
  const single = createSingle({ settings, register, listener });
  const read = (body: Uint8Array, request: HttpRequest): ReadContext => {
    const found = readContext(body, request.header('content-encoding'), settings.bodyLimitBytes);
    if (!settings.strict || found.failure !== undefined || hasTargetingKey(found.context)) return found;
    return { failure: failure(400, 'TARGETING_KEY_MISSING', 'the context has no targetingKey') };
  };
  const askers = new Askers({ tails, register, publicBase: options.publicBase });
  source.onChange(() => askers.clear());
  source.onAccessChange?.(() => askers.clear());
  const isAnnounced = source.onAccessChange !== undefined;
  const bulk = createBulk({ ...options, askers, register, read });
  const stream = createStreamRoute({ hub, tokens, clientAddress: options.clientAddress });
  let isClosed = false;

  const evaluate = (route: Route, request: HttpRequest, cors: CorsHeaders): Step | Promise<Step> => {
    const key = route.kind === 'single' || route.kind === 'badKey' ? route.key : undefined;
    const fail = (why: Failure): Answered => ({ failure: why, key });
    if (request.method !== 'POST') return fail(methodNotAllowed('POST, OPTIONS'));
    if (isClosed) return fail(passingFailure(503, 'the server is about to stop', drainingSeconds));
    const credential = readCredential(request);
    if (credential === undefined) return fail(failure(401, 'GENERAL', noCredential));
    if (route.kind === 'badKey') return fail(failure(400, 'GENERAL', 'the key is not percent-encoded correctly'));
    const withAccess = (access: Access, since?: number): Step => {
      if (access.refusal !== undefined) return fail(refused(access.refusal));
      const { view } = access;
      return new NeedsBody((body) => {
        if (route.kind !== 'single') {
          return bulk.evaluate({ asker: askers.of(view, credential, request, cors, since), request, body, cors });
        }
        const found = read(body, request);
        return found.failure === undefined ? single(view, route.key, found.context, request) : fail(found.failure);
      }, fail);
    };
    const access = source.authorize(credential, request);
    // What had to be asked for upstream may not be known any more when it comes again.
    if (access instanceof Promise) return access.then((late) => withAccess(late));
    return withAccess(access, isAnnounced ? askers.clearings : undefined);
  };

  const answer = (route: Route, request: HttpRequest, cors: CorsHeaders): Step | Promise<Step> => {
    if (isDenied?.(request)) return { failure: failure(403, 'GENERAL', 'not allowed from this address') };
    switch (route.kind) {
      case 'unknown':
        return { failure: failure(404, 'GENERAL', 'OFREP has no such path') };
      case 'events':
        if (!settings.streams.enabled) return { failure: failure(404, 'GENERAL', 'event streams are switched off') };
        return request.method === 'GET' ? stream(request) : { failure: methodNotAllowed('GET, OPTIONS') };
      default:
        return evaluate(route, request, cors);
    }
  };

  const send = (route: Route, request: HttpRequest, headers: Headers, answered: Answered): HttpReply => {
    const reply = toReply(route.kind, request, headers, answered);
    onRequest(route.kind, request, reply);
    return reply;
  };

  const respond = (
    request: HttpRequest,
    { headers, preflight }: CorsDecision,
    isSteady: boolean,
    read?: Uint8Array,
  ): HttpReply | Promise<HttpReply> => {
    const route = request.path === bulkPath ? bulkRoute : findRoute(request.path.slice(prefix.length));
    if (preflight !== undefined) return { ...preflight, headers: { ...preflight.headers, Vary: vary } };
    const fault = (error: unknown): HttpReply => {
      if (error instanceof RequestAbortedError) throw error;
      onError(error);
      const key = route.kind === 'single' ? route.key : undefined;
      return send(route, request, headers, { failure: failure(500, 'GENERAL', 'evaluation failed'), key });
    };
    // One link of a promise chain where nothing but the body is waited for.
    const attempt = (run: () => Step | Promise<Step>): HttpReply | Promise<HttpReply> => {
      try {
        const step = run();
        if (step instanceof Promise) return step.then((late) => attempt(() => late), fault);
        if (!(step instanceof NeedsBody)) return send(route, request, headers, step);
        const { bodyLimitBytes } = settings;
        const arrived = read ?? request.arrivedBody?.(bodyLimitBytes);
        if (arrived !== undefined) return attempt(() => step.use(arrived));
        return request.readBody(bodyLimitBytes).then(
          (body) => attempt(() => step.use(body)),
          (error) => attempt(() => step.fail(bodyFailure(error, bodyLimitBytes))),
        );
      } catch (error) {
        return fault(error);
      }
    };
    return attempt(() => answer(route, request, { headers, isSteady }));
  };

  /** For who asked before: the body comes first, and where it came before as well, nothing else is looked at. */
  const respondAgain = (asker: Asker, request: HttpRequest, decision: CorsDecision) => {
    const use = (body: Uint8Array): HttpReply | Promise<HttpReply> => {
      const reply = bulk.repeat(asker, request, body);
      if (reply === undefined) return respond(request, decision, true, body);
      onRequest('bulk', request, reply);
      return reply;
    };
    const arrived = request.arrivedBody?.(settings.bodyLimitBytes);
    if (arrived !== undefined) return use(arrived);
    return request.readBody(settings.bodyLimitBytes).then(use, () => respond(request, decision, true));
  };

  return {
    prefix,
    respond(request) {
      const decision = cors(request);
      if (decision instanceof Promise) return decision.then((late) => respond(request, late, false));
      const asker = isClosed ? undefined : askers.known(request, decision.headers);
      if (asker === undefined || isDenied?.(request)) return respond(request, decision, true);
      return respondAgain(asker, request, decision);
    },
    get streams() {
      return hub.size;
    },
    bounds() {
      const all = [...register.all];
      const contexts = all.flatMap((replies) => replies.contexts ?? []);
      return {
        ofrep_streams: hub.filled,
        ofrep_reply_cache_bytes: sumFilled(all.map((replies) => replies.bulk)),
        ofrep_single_replies: sumFilled(all.map((replies) => replies.singles)),
        ofrep_selections: sumFilled(all.map((replies) => replies.selections)),
        ofrep_endings: tails.filled,
        ofrep_request_cache_bytes: sumFilled(all.map(({ bodies }) => bodies.filled)),
        ...(source.remembersContexts ? { ofrep_context_cache_bytes: sumFilled(contexts) } : {}),
      };
    },
    close() {
      isClosed = true;
      hub.close();
    },
  };
}

const noCredential = 'no credential: send "Authorization: Bearer <key>" or "X-API-Key: <key>"';

function refused({ status, details }: { status: 401 | 403 | 503; details: string }): Failure {
  return status === 503 ? passingFailure(503, details, loadingSeconds) : failure(status, 'GENERAL', details);
}

function methodNotAllowed(allow: string): Failure {
  return { ...failure(405, 'GENERAL', `allowed methods: ${allow}`), headers: { Allow: allow } };
}

function hasTargetingKey({ targetingKey }: ContextMembers): boolean {
  return (typeof targetingKey === 'string' && targetingKey !== '') || typeof targetingKey === 'number';
}
