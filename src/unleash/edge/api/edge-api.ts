import type { ClientAddress } from '../../../http/client-address.ts';
import type { HttpReply, HttpRequest } from '../../../http/types.ts';
import { isRecord } from '../../definitions/is-record.ts';
import { parseToken } from '../../tokens/parse.ts';
import { readQueryContext } from '../context/query-context.ts';
import { ContextError, readContext } from '../context/read-context.ts';
import type { Environment } from '../environments/environment.ts';
import type { Environments } from '../environments/environments.ts';
import type { ListKind } from '../environments/frontend-view.ts';
import { type Accepted, cacheKey, type EdgeDelta, type EdgeMetrics, type EdgeToken, type Reporter } from '../types.ts';
import {
  type Answer,
  answers,
  badBody,
  featureNotFound,
  json,
  notHydrated,
  uncounted,
  validationFailed,
} from './answers.ts';
import type { Authorized, Authorizer } from './authorizer.ts';
import { type EdgeBody, readEdgeBody } from './body.ts';
import type { PathMatch } from './paths.ts';

/** Makes sure that the definitions of a client token are there, or says why not (specification 9.1, 16.6). */
export type Hydrate = (token: EdgeToken) => Answer | undefined | Promise<Answer | undefined>;

/** What the API is made of. */
export interface EdgeApiOptions {
  readonly authorizer: Authorizer;
  readonly environments: Environments;
  readonly metrics: EdgeMetrics;
  /** undefined: neither delta nor streaming is enabled. */
  readonly delta: EdgeDelta | undefined;
  /** True in streaming mode. */
  readonly streaming: boolean;
  readonly hydrate: Hydrate;
  readonly clientIp: ClientAddress;
  /** Header that carries the token, in lower case. */
  readonly authHeader: string;
  /** Sent as `X-Edge-Version`. */
  readonly edgeVersion: string;
  /** Largest request body in bytes. */
  readonly bodyLimitBytes: number;
}

/** An answer, or a whole reply where a stream is one. */
export type Outcome = Answer | { readonly reply: HttpReply };
type Maybe<Value> = Value | Promise<Value>;

/**
 * The frontend and the client API. Authentication comes first, also for paths where nothing is (specification 4.2).
 *
 * Source: Unleash Edge specification 2, 5.7, 7 to 9, 12.
 */
export class EdgeApi {
  readonly #options: EdgeApiOptions;

  constructor(options: EdgeApiOptions) {
    this.#options = options;
  }

  /** Answers a request of the two APIs or of `/edge/validate`. */
  respond(match: PathMatch, isRouted: boolean, request: HttpRequest): Maybe<Outcome> {
    if (match.route === 'validate') return isRouted ? this.#validate(request) : answers.notFound;
    const presented = request.header(this.#options.authHeader);
    const authorized = this.#options.authorizer.authorize(presented, match.pathClass);
    const next = (decided: Authorized): Maybe<Outcome> => {
      if (decided.refusal !== undefined) return decided.refusal;
      return isRouted ? this.#routed(match, request, decided.token) : answers.notFound;
    };
    return authorized instanceof Promise ? authorized.then(next) : next(authorized);
  }

  #routed(match: PathMatch, request: HttpRequest, token: EdgeToken): Maybe<Outcome> {
    const { metrics } = this.#options;
    switch (match.route) {
      case 'frontend':
        return this.#list('enabled', request, token);
      case 'frontendAll':
        return this.#list('all', request, token);
      case 'frontendFeature':
        return this.#toggle(match.name ?? '', request, token);
      case 'frontendMetrics':
        return this.#report(request, token, (body, reporter) =>
          metrics.acceptMetrics(body, reporter, match.underFrontend),
        );
      case 'frontendRegister':
        return this.#report(request, token, (body, reporter) => metrics.acceptApplication(body, reporter));
      case 'clientFeatures':
        if (repeatsNamePrefix(request.query)) return badBody('Query deserialize error: duplicate field `namePrefix`');
        return this.#hydrated(token, (environment) => ({
          status: 200,
          body: environment.client(token, namePrefix(request.query)),
          repeats: uncounted,
        }));
      case 'clientFeature':
        return this.#hydrated(token, (environment) => {
          const body = environment.definition(token, match.name ?? '');
          return body === undefined ? featureNotFound(match.name ?? '') : { status: 200, body };
        });
      case 'clientRegister':
        return this.#report(request, token, (body, reporter) => metrics.acceptApplication(body, reporter), {
          'X-Edge-Version': this.#options.edgeVersion,
        });
      case 'clientMetrics':
        return this.#report(request, token, (body, reporter) => metrics.acceptMetrics(body, reporter, false));
      case 'clientBulk':
        return this.#report(request, token, (body, reporter) => metrics.acceptBulk(body, reporter));
      case 'clientInstances':
        return this.#report(request, token, (body, reporter) => metrics.acceptInstanceData(body, reporter));
      case 'clientDelta':
        return this.#delta(request, token);
      case 'clientStreaming':
        return this.#stream(request, token);
      default:
        return answers.notFound;
    }
  }

  #list(kind: ListKind, request: HttpRequest, token: EdgeToken): Maybe<Answer> {
    if (request.method === 'POST')
      return this.#withContext(request, (value) => this.#listed(kind, request, token, value));
    const view = this.#options.environments.get(cacheKey(token))?.frontend(token);
    const known = view?.recall(kind, request.query, this.#options.clientIp, request);
    if (known === undefined) return this.#listed(kind, request, token, undefined);
    return { status: 200, body: known, repeats: view?.isFixed(request.query) ? view.repeats : undefined };
  }

  /** @param posted the body of a POST; undefined reads the query string */
  #listed(kind: ListKind, request: HttpRequest, token: EdgeToken, posted: unknown): Answer {
    const context = readOr(posted, request);
    if (context instanceof ContextError) return posted === undefined ? badBody(context.message) : badContext;
    const environment = this.#options.environments.get(cacheKey(token));
    if (environment === undefined) return this.#unhydrated(request, token);
    const view = environment.frontend(token);
    const addressGiven = context.remoteAddress !== undefined;
    if (!addressGiven && view.isRead('remoteAddress')) context.remoteAddress = this.#options.clientIp(request);
    const body = view.list(kind, context);
    if (posted === undefined) view.notice(request.query, context, addressGiven);
    return { status: 200, body };
  }

  #toggle(name: string, request: HttpRequest, token: EdgeToken): Maybe<Answer> {
    if (request.method === 'POST')
      return this.#withContext(request, (value) => this.#toggled(name, request, token, value));
    return this.#toggled(name, request, token, undefined);
  }

  /** Never 511: an environment without definitions has no such flag (specification 7). */
  #toggled(name: string, request: HttpRequest, token: EdgeToken, posted: unknown): Answer {
    const context = readOr(posted, request);
    if (context instanceof ContextError) return posted === undefined ? badBody(context.message) : badContext;
    const environment = this.#options.environments.get(cacheKey(token));
    const position = environment?.visiblePosition(token, name);
    if (environment === undefined || position === undefined) return featureNotFound(name);
    context.remoteAddress ??= this.#options.clientIp(request);
    return { status: 200, body: environment.frontend(token).toggle(position, context) };
  }

  #withContext(request: HttpRequest, use: (value: unknown) => Answer): Maybe<Answer> {
    return this.#withBody(request, (body) => body.refusal ?? use(body.value));
  }

  /** What the header's own text says about access; a trusted secret says nothing, so its token does. */
  #unhydrated(request: HttpRequest, token: EdgeToken): Answer {
    return notHydrated(parseToken(request.header(this.#options.authHeader) ?? '') ?? token);
  }

  #hydrated(token: EdgeToken, answer: (environment: Environment) => Answer): Maybe<Answer> {
    const { hydrate, environments } = this.#options;
    const serve = (problem: Answer | undefined): Answer => {
      if (problem !== undefined) return problem;
      const environment = environments.get(cacheKey(token));
      return environment === undefined ? answers.cacheMissing : answer(environment);
    };
    const problem = hydrate(token);
    return problem instanceof Promise ? problem.then(serve) : serve(problem);
  }

  #delta(request: HttpRequest, token: EdgeToken): Maybe<Answer> {
    const { delta } = this.#options;
    if (delta === undefined) return answers.noDelta;
    return this.#hydrated(token, () => {
      const scope = { cacheKey: cacheKey(token), projects: token.projects, namePrefix: namePrefix(request.query) };
      const answer = delta.delta(scope, request.header('if-none-match'));
      if (answer.status !== 200) return { status: answer.status };
      const body = typeof answer.body === 'string' ? answer.body : new TextDecoder().decode(answer.body);
      return { status: 200, body, headers: { ETag: quoted(answer.etag) } };
    });
  }

  #stream(request: HttpRequest, token: EdgeToken): Maybe<Outcome> {
    const { delta, streaming, hydrate } = this.#options;
    if (delta === undefined || !streaming) return answers.notStreaming;
    const open = (problem: Answer | undefined): Maybe<Outcome> => {
      if (problem !== undefined) return problem;
      const scope = { cacheKey: cacheKey(token), projects: token.projects, namePrefix: namePrefix(request.query) };
      const reply = delta.stream(scope, token, request);
      return reply instanceof Promise ? reply.then((late) => ({ reply: late })) : { reply };
    };
    const problem = hydrate(token);
    return problem instanceof Promise ? problem.then(open) : open(problem);
  }

  #report(
    request: HttpRequest,
    token: EdgeToken,
    accept: (body: unknown, reporter: Reporter) => Accepted,
    headers?: Readonly<Record<string, string>>,
  ): Maybe<Answer> {
    return this.#withBody(request, (body) => {
      if (body.refusal !== undefined) return body.refusal;
      const header = (name: string) => request.header(name);
      const headerToken = parseToken(header(this.#options.authHeader) ?? '') ?? token;
      const accepted = accept(body.value, { token, headerToken, header });
      return accepted.ok ? { status: 202, headers } : badBody(accepted.message);
    });
  }

  async #validate(request: HttpRequest): Promise<Answer> {
    const body = await readEdgeBody(request, this.#options.bodyLimitBytes);
    if (body.refusal !== undefined) return body.refusal;
    const { value } = body;
    if (!isRecord(value) || !Array.isArray(value.tokens) || !value.tokens.every((text) => typeof text === 'string')) {
      return badBody('Json deserialize error: a list "tokens" of texts is needed');
    }
    try {
      return json({ tokens: await this.#options.authorizer.valid(value.tokens) });
    } catch (error) {
      return validationFailed(error);
    }
  }

  #withBody(request: HttpRequest, use: (body: EdgeBody) => Answer): Maybe<Answer> {
    const body = readEdgeBody(request, this.#options.bodyLimitBytes);
    return body instanceof Promise ? body.then(use) : use(body);
  }
}

const badContext = badBody('Json deserialize error: the context cannot be read');

function readOr(posted: unknown, request: HttpRequest): ReturnType<typeof readContext> | ContextError {
  try {
    return posted === undefined ? readQueryContext(request.query) : readContext(posted);
  } catch (error) {
    if (error instanceof ContextError) return error;
    throw error;
  }
}

function namePrefix(query: string): string | undefined {
  if (query === '') return undefined;
  return new URLSearchParams(query).get('namePrefix') ?? undefined;
}

function repeatsNamePrefix(query: string): boolean {
  return query !== '' && new URLSearchParams(query).getAll('namePrefix').length > 1;
}

function quoted(etag: string): string {
  return etag.startsWith('"') || etag.startsWith('W/') ? etag : `"${etag}"`;
}
