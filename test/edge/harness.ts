/** An Edge in memory with a scripted upstream behind it, for tests of the dialect. */
import { type CliOptions, type CliValues, resolveArguments, splitArguments } from '../../src/config/command-line.ts';
import { edgeOptions, edgeRootOptions } from '../../src/config/edge-options.ts';
import type { StateStore } from '../../src/flags/state-store.ts';
import { testRequest } from '../../src/http/testing.ts';
import type { HttpHandler, HttpReply } from '../../src/http/types.ts';
import { UpstreamError, type UpstreamRequest, type UpstreamResponse } from '../../src/http/upstream/types.ts';
import { createEdgeCore } from '../../src/library/edge/assemble-edge.ts';
import { createEdge } from '../../src/library/edge/create-edge.ts';
import { withRepeats } from '../../src/unleash/edge/api/repeats.ts';
import { manualTimers } from '../../src/unleash/tokens/testing.ts';

/** What upstream says about a token. */
export interface UpstreamToken {
  readonly type: string | null;
  readonly environment?: string;
  readonly projects?: readonly string[];
}

export interface ScriptedUpstream {
  /** Valid tokens. */
  readonly tokens: Map<string, UpstreamToken>;
  /** Documents by token; what is not here gets 403. */
  readonly features: Map<string, unknown>;
  /** A status for all validations, or no answer at all. */
  validate: number | 'network' | undefined;
  /** The same for fetches. */
  fetch: number | 'network' | undefined;
  readonly requests: UpstreamRequest[];
  /** Bodies of validations so far. */
  validated(): string[][];
}

export interface Call {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: () => unknown;
}

export interface CallOptions {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly peer?: string;
}

function valuesOf<Options extends CliOptions>(
  options: Options,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): CliValues<Options> {
  const own = Object.values(options);
  const mine: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const option = own.find(({ flag }) => flag === args[i]);
    if (option === undefined) continue;
    mine.push(args[i] as string);
    if (option.arity !== 'switch') mine.push(args[++i] as string);
  }
  return resolveArguments(options, splitArguments(mine, own), environment);
}

export function scriptedUpstream(): ScriptedUpstream & { send(request: UpstreamRequest): Promise<UpstreamResponse> } {
  const upstream = {
    tokens: new Map<string, UpstreamToken>(),
    features: new Map<string, unknown>(),
    validate: undefined as number | 'network' | undefined,
    fetch: undefined as number | 'network' | undefined,
    requests: [] as UpstreamRequest[],
    validated: () =>
      upstream.requests
        .filter(({ url }) => url.endsWith('/edge/validate'))
        .map(({ body }) => (JSON.parse(body ?? '{}') as { tokens: string[] }).tokens),
    async send(request: UpstreamRequest): Promise<UpstreamResponse> {
      upstream.requests.push(request);
      const answer = (status: number, value?: unknown): UpstreamResponse => ({
        status,
        body: Buffer.from(value === undefined ? '' : JSON.stringify(value)),
        header: () => undefined,
      });
      const forced = request.url.endsWith('/edge/validate') ? upstream.validate : upstream.fetch;
      if (forced === 'network') throw new UpstreamError('network', 'nobody there');
      if (forced !== undefined) return answer(forced);
      if (request.url.endsWith('/edge/validate')) {
        const { tokens } = JSON.parse(request.body ?? '{}') as { tokens: string[] };
        const known = tokens.flatMap((token) => {
          const found = upstream.tokens.get(token);
          return found ? [{ token, projects: [token.split(':')[0]], ...found }] : [];
        });
        return answer(200, { tokens: known });
      }
      if (!request.url.endsWith('/features')) return answer(202);
      const features = upstream.features.get(request.headers.Authorization ?? '');
      return features === undefined ? answer(403) : answer(200, features);
    },
  };
  return upstream;
}

export async function edgeInMemory(
  args: readonly string[],
  upstream = scriptedUpstream(),
  stateStore: StateStore | undefined = undefined,
  environment: Readonly<Record<string, string>> = {},
) {
  const timers = manualTimers(Date.now());
  const lines: string[] = [];
  const all = args.includes('--upstream-url') ? args : ['--upstream-url', 'http://upstream', ...args];
  const core = await createEdgeCore(valuesOf(edgeRootOptions, all, environment), (line: string) => lines.push(line));
  const edge = createEdge(core, valuesOf(edgeOptions, all, environment), {
    send: upstream.send,
    openStream: () => Promise.reject(new UpstreamError('network', 'no streams here')),
    timers,
    random: () => 0.5,
    stateStore,
  });
  // As a server puts it together.
  const handler = withRepeats(edge.handler, edge.repeats);
  return {
    ...edge,
    handler,
    core,
    timers,
    lines,
    upstream,
    call: caller(handler),
    /** Starts, and waits for the first fetch of each token. */
    async start() {
      await edge.start();
      await Promise.all(edge.service.refresh.refreshes.map((refresh) => edge.service.refresh.register(refresh.token)));
    },
  };
}

/** Calls a handler: `call('/api/frontend?userId=7', {token})`. */
export function caller(handler: HttpHandler) {
  return async (url: string, options: CallOptions = {}): Promise<Call> => {
    const { method = options.body === undefined ? 'GET' : 'POST', token, body, headers = {}, peer } = options;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const reply: HttpReply = await handler(
      testRequest({
        method,
        url,
        headers: {
          ...(token === undefined ? {} : { authorization: token }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text as string }),
        ...(peer === undefined ? {} : { peer }),
      }),
    );
    const shown = reply.body === null ? '' : Buffer.from(reply.body as string).toString('utf8');
    return { status: reply.status, headers: reply.headers, text: shown, json: () => JSON.parse(shown) };
  };
}

/** A flag that is on for everybody. */
export function flag(name: string, project: string | undefined = 'default', rest: object = {}): object {
  return {
    name,
    type: 'release',
    ...(project === undefined ? {} : { project }),
    enabled: true,
    stale: false,
    impressionData: false,
    strategies: [{ name: 'default', parameters: {}, constraints: [] }],
    variants: [],
    ...rest,
  };
}
