import { type Everywhere, ifEverywhere } from '../../flags/everywhere.ts';
import type { ClientAddress } from '../../http/client-address.ts';
import { Entity } from '../../http/entity.ts';
import { entityReply } from '../../http/entity-reply.ts';
import { announcesBody, type JsonBody, mediaType, readJsonBody } from '../../http/json-body.ts';
import { type HttpReply, type HttpRequest, RequestAbortedError } from '../../http/types.ts';
import type { ContextDefaults } from '../context/evaluation-context.ts';
import { parseQuery, readQueryContext } from '../context/query-context.ts';
import { type RawContext, sortContext } from '../context/raw-context.ts';
import { isRecord } from '../definitions/is-record.ts';
import type { CredentialCheck } from './credentials.ts';
import type { DefinitionsFilter } from './definitions-document.ts';
import type { Enrich } from './enrichers.ts';
import { createPathMatcher, type RouteName, routeMethods } from './paths.ts';
import { type Answer, answers, failed, invalid, textAnswer, unparsable } from './replies.ts';
import type { ListKind } from './toggle-list.ts';
import type { ToggleSource } from './toggle-source.ts';
import { validateContextQuery, validateLookup, validateMetrics, validateRegistration } from './validation.ts';

/** What the API is made of. */
export interface ProxyApiOptions {
  /** Path of the API, for example `/proxy`. */
  readonly mount: string;
  readonly source: ToggleSource;
  /** Asked when the source is ready: health is that of all processes which share the port. */
  readonly everywhere?: Everywhere | undefined;
  readonly defaults: ContextDefaults;
  readonly clientAddress: ClientAddress;
  /** Header that carries credentials, in lower case. */
  readonly keyHeader: string;
  readonly isClientKey: CredentialCheck;
  readonly isServerToken: CredentialCheck;
  readonly allEnabled: boolean;
  readonly enrich: Enrich | undefined;
  /** Largest request body in bytes, before and after inflating. */
  readonly bodyLimitBytes: number;
  /** Prometheus text; undefined leaves the endpoint out. */
  readonly prometheus: (() => Promise<string>) | undefined;
  /** Called for each finished request to one of the endpoints, with its status. */
  readonly onRequest: (route: RouteName | 'unknown', status: number) => void;
  /** Takes debug lines; undefined where nobody reads them, because making them costs more than answering. */
  readonly debug: ((message: string, ...args: unknown[]) => void) | undefined;
  /** Called with faults that a client got a 500 for. */
  readonly onError: (error: unknown) => void;
}

type Headers = Readonly<Record<string, string>>;

/** A reply, or undefined where the API has no route: the caller decides what that means. */
export type MaybeReply = HttpReply | undefined | Promise<HttpReply | undefined>;

const prometheusType = 'text/plain; charset=utf-8; version=0.0.4';

/**
 * The Unleash Proxy API. The order of its checks is part of the contract: content type, body, route, validation,
 * readiness, credential, context, handler.
 *
 * Source: Unleash Proxy specification 1.1.
 */
export class ProxyApi {
  readonly #options: ProxyApiOptions;
  readonly #match: ReturnType<typeof createPathMatcher>;
  #lastCors: { readonly cors: Headers; readonly cacheable: Headers } | undefined;

  constructor(options: ProxyApiOptions) {
    this.#options = options;
    this.#match = createPathMatcher(options.mount);
  }

  /** Answers one request. Never throws; the promise never rejects except when the client is gone. */
  respond(request: HttpRequest, cors: Headers): MaybeReply {
    const route = this.#match(request.path);
    if (route === undefined) return undefined;
    try {
      if (!announcesBody(request)) return this.#routed(route, request, {}, cors);
      const type = mediaType(request);
      if (type !== undefined && type !== 'application/json') return this.#bodiless(route, 415, cors);
      return this.#withBody(route, request, cors);
    } catch (error) {
      return this.#fault(route, request, cors, error);
    }
  }

  #withBody(route: RouteName | 'unknown', request: HttpRequest, cors: Headers): MaybeReply {
    const use = (body: JsonBody): MaybeReply => {
      if (body.ok) return this.#routed(route, request, body.value, cors);
      const { kind, status, message } = body;
      return this.#send(route, request, cors, kind === 'syntax' ? unparsable(message) : failed(status, message));
    };
    const body = readJsonBody(request, this.#options.bodyLimitBytes);
    if (!(body instanceof Promise)) return use(body);
    return body.then(use).catch((error: unknown) => {
      if (error instanceof RequestAbortedError) throw error;
      return this.#fault(route, request, cors, error);
    });
  }

  #routed(route: RouteName | 'unknown', request: HttpRequest, body: unknown, cors: Headers): MaybeReply {
    if (route === 'unknown') return undefined;
    const methods = routeMethods[route];
    if (request.method === 'OPTIONS') return this.#allowed(route, request, cors, methods);
    if (!methods.includes(request.method)) return undefined;
    const answer = this.#answer(route, request, body);
    if (!(answer instanceof Promise)) return this.#send(route, request, cors, answer);
    return answer.then(
      (late) => this.#send(route, request, cors, late),
      (error) => this.#fault(route, request, cors, error),
    );
  }

  #answer(route: RouteName, request: HttpRequest, body: unknown): Answer | Promise<Answer> {
    const { source } = this.#options;
    switch (route) {
      case 'enabled':
      case 'all':
        return request.method === 'POST' ? this.#lookup(route, request, body) : this.#list(route, request, body);
      case 'metrics':
        return this.#reported(request, body, validateMetrics, () => source.registerMetrics(body));
      case 'register':
        return this.#reported(request, body, validateRegistration, () => {
          if (source.registerClient !== undefined) source.registerClient(body);
          else this.#options.debug?.('Client registration is not supported yet.');
        });
      case 'definitions':
        return this.#definitions(request);
      case 'health':
        return source.isReady()
          ? ifEverywhere(this.#options.everywhere, answers.ok, answers.notReady)
          : answers.notReady;
      case 'prometheus':
        return this.#prometheus();
    }
  }

  /** Rows 1 and 3 with GET: a context in the query string. */
  #list(route: ListKind, request: HttpRequest, body: unknown): Answer | Promise<Answer> {
    const { source, defaults, enrich, clientAddress, debug } = this.#options;
    const quick = enrich === undefined && debug === undefined && isRecord(body) ? source.quick : undefined;
    if (quick === undefined) return this.#listTheLongWay(route, request, body);
    // A query that was met before is a valid one, so who asks may be looked at first.
    const refusal = this.#refusal(route, request);
    const known = refusal === undefined ? quick.recall(route, request, clientAddress) : undefined;
    if (known !== undefined) return found(known);

    const context = readQueryContext(request.query, defaults);
    if (context === undefined) return this.#listTheLongWay(route, request, body);
    if (refusal !== undefined) return refusal;
    const addressGiven = context.remoteAddress !== undefined;
    if (!addressGiven && quick.isRead('remoteAddress')) context.remoteAddress = clientAddress(request);
    return found(quick.list(route, context, request.query, addressGiven));
  }

  #listTheLongWay(route: ListKind, request: HttpRequest, body: unknown): Answer | Promise<Answer> {
    const query = parseQuery(request.query);
    const faults = validateContextQuery({ query, body });
    if (faults !== undefined) return invalid(faults);
    const refusal = this.#refusal(route, request);
    if (refusal !== undefined) return refusal;
    return this.#evaluated(query, request, (context) => this.#listed(route, context));
  }

  /** Rows 2 and 4 with POST: a context in the body, perhaps with names. */
  #lookup(route: ListKind, request: HttpRequest, body: unknown): Answer | Promise<Answer> {
    const parts = { body };
    const faults = validateLookup(parts);
    if (faults !== undefined) return invalid(faults);
    const refusal = this.#refusal(route, request);
    if (refusal !== undefined) return refusal;
    const { context = {}, toggles = [] } = parts.body as { context?: Record<string, unknown>; toggles?: string[] };
    const { source } = this.#options;
    return this.#evaluated(context, request, (enriched) =>
      toggles.length > 0 ? source.named(toggles, enriched) : this.#listed(route, enriched),
    );
  }

  #listed(kind: ListKind, context: RawContext): Entity | Promise<Entity> {
    const { source, debug } = this.#options;
    debug?.(`Get ${kind} feature toggles for provided context`, context);
    return source.list(kind, context);
  }

  /** What stands before any evaluation: readiness, then the key, then the switch of `/all`. */
  #refusal(route: ListKind, request: HttpRequest): Answer | undefined {
    const { source, keyHeader, isClientKey, allEnabled } = this.#options;
    if (!source.isReady()) return answers.notReady;
    if (!isClientKey(request.header(keyHeader))) return answers.unauthorized;
    return route === 'all' && !allEnabled ? answers.allDisabled : undefined;
  }

  #evaluated(
    record: Record<string, unknown>,
    request: HttpRequest,
    evaluate: (context: RawContext) => Entity | Promise<Entity>,
  ): Answer | Promise<Answer> {
    const { enrich, clientAddress } = this.#options;
    const context = sortContext(record, clientAddress(request));
    if (enrich !== undefined) return enrich(context, request).then(evaluate).then(found);
    const entity = evaluate(context);
    return entity instanceof Promise ? entity.then(found) : found(entity);
  }

  #reported(request: HttpRequest, body: unknown, validate: typeof validateMetrics, accept: () => void): Answer {
    const { keyHeader, isClientKey, isServerToken } = this.#options;
    const faults = validate({ body });
    if (faults !== undefined) return invalid(faults);
    const credential = request.header(keyHeader);
    if (!isClientKey(credential) && !isServerToken(credential)) return answers.unauthorized;
    accept();
    return answers.accepted;
  }

  #definitions(request: HttpRequest): Answer | Promise<Answer> {
    const { source, keyHeader, isServerToken } = this.#options;
    if (!source.isReady()) return answers.notReady;
    if (!isServerToken(request.header(keyHeader))) return answers.unauthorized;
    const entity = source.definitions(definitionsFilter(request.query));
    return entity instanceof Promise ? entity.then(found) : found(entity);
  }

  #prometheus(): Answer | Promise<Answer> {
    const { source, prometheus } = this.#options;
    if (!source.isReady()) return answers.notReady;
    if (prometheus === undefined) return { status: 404, entity: new Entity('Not Found', prometheusType) };
    return prometheus().then((text) => textAnswer(text, prometheusType));
  }

  #send(route: RouteName | 'unknown', request: HttpRequest, cors: Headers, answer: Answer): HttpReply {
    const headers = answer.cacheable ? this.#cacheable(cors) : cors;
    const reply = entityReply(request, answer.status, headers, answer.entity);
    this.#options.onRequest(route, reply.status);
    return reply;
  }

  /** The same headers, made once, as long as the cross-origin ones are the same: replies are kept by them. */
  #cacheable(cors: Headers): Headers {
    if (this.#lastCors?.cors !== cors) {
      this.#lastCors = { cors, cacheable: { ...cors, 'Cache-control': 'public, max-age=2' } };
    }
    return this.#lastCors.cacheable;
  }

  #allowed(route: RouteName, request: HttpRequest, cors: Headers, methods: readonly string[]): HttpReply {
    const allow = methods.join(',');
    const answer = { status: 200, entity: new Entity(allow, 'text/html; charset=utf-8') };
    return this.#send(route, request, { ...cors, Allow: allow }, answer);
  }

  #bodiless(route: RouteName | 'unknown', status: number, headers: Headers): HttpReply {
    this.#options.onRequest(route, status);
    return { status, headers, body: null };
  }

  #fault(route: RouteName | 'unknown', request: HttpRequest, cors: Headers, error: unknown): HttpReply {
    this.#options.onError(error);
    const message = error instanceof Error ? error.message : 'an extension failed without saying why';
    return this.#send(route, request, cors, failed(500, message));
  }
}

/** An answer that clients and caches may keep for a moment. */
function found(entity: Entity): Answer {
  return { status: 200, entity, cacheable: true };
}

function definitionsFilter(query: string): DefinitionsFilter {
  if (query === '') return {};
  const { project, namePrefix } = parseQuery(query);
  return {
    project: typeof project === 'string' ? project : undefined,
    namePrefix: typeof namePrefix === 'string' ? namePrefix : undefined,
  };
}
