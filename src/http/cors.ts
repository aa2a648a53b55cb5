import type { HttpReply, HttpRequest } from './types.ts';

/** A single allowed origin, a pattern, several of both, or all (`true` reflects, `*` allows) or none (`false`). */
export type StaticOrigin = boolean | string | RegExp | readonly (string | RegExp | boolean)[];

/** Asks the application whether an origin may read. */
export type OriginFunction = (
  origin: string | undefined,
  callback: (error: Error | null, allowed?: StaticOrigin) => void,
) => void;

/** The options of the `cors` package, which existing configurations are written for. */
export interface CorsOptions {
  origin?: StaticOrigin | OriginFunction | undefined;
  methods?: string | readonly string[] | undefined;
  allowedHeaders?: string | readonly string[] | undefined;
  exposedHeaders?: string | readonly string[] | undefined;
  credentials?: boolean | undefined;
  /** Seconds a browser may remember a preflight. */
  maxAge?: number | undefined;
  /** Hands `OPTIONS` on to the routes instead of answering it. */
  preflightContinue?: boolean | undefined;
  optionsSuccessStatus?: number | undefined;
}

/** Chooses options per request. */
export type CorsOptionsFunction = (
  request: unknown,
  callback: (error: Error | null, options?: CorsOptions) => void,
) => void;

/** What cross-origin rules add to a reply; `preflight` is the whole answer to an `OPTIONS` request. */
export interface CorsDecision {
  readonly headers: Readonly<Record<string, string>>;
  readonly preflight: HttpReply | undefined;
}

/** Decides for each request; at once unless the configuration asks functions. */
export type Cors = (request: HttpRequest) => CorsDecision | Promise<CorsDecision>;

const none: CorsDecision = { headers: {}, preflight: undefined };

/**
 * Builds the rules once. Everything that does not depend on the request is computed here.
 *
 * Source: Unleash Proxy specification 3.4.
 */
export function createCors(configured: CorsOptions | CorsOptionsFunction): Cors {
  if (typeof configured !== 'function') return createRules(configured);
  return async (request) => {
    const options = await ask<CorsOptions>((callback) => configured(request.native, callback));
    return createRules(options ?? {})(request);
  };
}

function createRules(options: CorsOptions): Cors {
  const origin = options.origin ?? '*';
  if (typeof origin === 'function') {
    return async (request) => {
      const allowed = await ask<StaticOrigin>((callback) => origin(request.header('origin'), callback));
      return allowed ? decide(request, options, originHeaders(request, allowed)) : none;
    };
  }
  if (origin === false) return () => none;
  if (typeof origin === 'string') {
    const fixed = origin === '*' ? allow('*') : { ...allow(origin), Vary: 'Origin' };
    const simple: CorsDecision = { headers: { ...fixed, ...common(options) }, preflight: undefined };
    return (request) => (request.method === 'OPTIONS' ? decide(request, options, fixed) : simple);
  }
  const known = new Map<string | undefined, CorsDecision>();
  return (request) => {
    const headers = originHeaders(request, origin);
    if (request.method === 'OPTIONS') return decide(request, options, headers);
    // Replies are kept with the headers that they were made from: an origin gets the same ones again.
    const allowed = headers['Access-Control-Allow-Origin'];
    let decision = known.get(allowed);
    if (decision === undefined) {
      decision = decide(request, options, headers);
      if (known.size < rememberedOrigins) known.set(allowed, decision);
    }
    return decision;
  };
}

/** Where every origin is allowed, they are the clients' to choose. */
const rememberedOrigins = 64;

function decide(request: HttpRequest, options: CorsOptions, origin: Record<string, string>): CorsDecision {
  const headers: Record<string, string> = { ...origin, ...common(options) };
  if (request.method !== 'OPTIONS') return { headers, preflight: undefined };

  headers['Access-Control-Allow-Methods'] = joined(options.methods) ?? 'GET,HEAD,PUT,PATCH,POST,DELETE';
  const allowed = joined(options.allowedHeaders);
  if (allowed !== undefined) {
    if (allowed !== '') headers['Access-Control-Allow-Headers'] = allowed;
  } else {
    const asked = request.header('access-control-request-headers');
    headers.Vary = headers.Vary === undefined ? reflected : `${headers.Vary}, ${reflected}`;
    if (asked) headers['Access-Control-Allow-Headers'] = asked;
  }
  if (options.maxAge !== undefined) headers['Access-Control-Max-Age'] = String(options.maxAge);
  if (options.preflightContinue) return { headers, preflight: undefined };
  const status = options.optionsSuccessStatus ?? 204;
  return { headers, preflight: { status, headers: { ...headers, 'Content-Length': '0' }, body: null } };
}

const reflected = 'Access-Control-Request-Headers';

function common(options: CorsOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  if (options.credentials === true) headers['Access-Control-Allow-Credentials'] = 'true';
  const exposed = joined(options.exposedHeaders);
  if (exposed) headers['Access-Control-Expose-Headers'] = exposed;
  return headers;
}

function originHeaders(request: HttpRequest, rule: StaticOrigin): Record<string, string> {
  if (rule === '*') return allow('*');
  if (typeof rule === 'string') return { ...allow(rule), Vary: 'Origin' };
  const origin = request.header('origin');
  return origin !== undefined && matches(origin, rule) ? { ...allow(origin), Vary: 'Origin' } : { Vary: 'Origin' };
}

function matches(origin: string, rule: StaticOrigin): boolean {
  if (typeof rule === 'string') return origin === rule;
  if (rule instanceof RegExp) {
    // A pattern with a memory (`g`, `y`) would go on where it stopped for the last request.
    rule.lastIndex = 0;
    return rule.test(origin);
  }
  return Array.isArray(rule) ? rule.some((item: StaticOrigin) => matches(origin, item)) : Boolean(rule);
}

function allow(origin: string): Record<string, string> {
  return { 'Access-Control-Allow-Origin': origin };
}

function joined(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}

/** Longest that an application's function may take for its decision. */
const longestAnswerMs = 5_000;

/** Asks an application's function. Whatever goes wrong in it fails the one request. */
function ask<Answer>(question: (callback: (error: Error | null, answer?: Answer) => void) => unknown) {
  return new Promise<Answer | undefined>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the CORS function did not answer in time')), longestAnswerMs);
    const settle = (error: unknown, answer?: Answer) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(answer);
    };
    new Promise((answered) => answered(question(settle))).catch(settle);
  });
}
