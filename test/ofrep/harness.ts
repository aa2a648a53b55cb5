/** OFREP in memory over each flag system, with a clock, timers and chance that tests turn. */

import { readOfrepOptions } from '../../src/config/ofrep-options.ts';
import { createProxyConfig } from '../../src/config/proxy-config.ts';
import { readConfig } from '../../src/flagsmith/config/read-config.ts';
import type { FlagsmithService } from '../../src/flagsmith/service.ts';
import { testRequest } from '../../src/http/testing.ts';
import type { HttpReply, ReplySink } from '../../src/http/types.ts';
import { assembleProxy } from '../../src/library/assemble.ts';
import type { FlagsmithParts } from '../../src/library/flagsmith/assemble-flagsmith.ts';
import { createOfrepFor, type OfrepParts } from '../../src/library/ofrep/attach.ts';
import { flagsmithOfrep } from '../../src/library/ofrep/flagsmith-parts.ts';
import type { Ofrep } from '../../src/ofrep/handler.ts';
import type { IProxyOption } from '../../src/unleash/proxy/config-types.ts';
import { createProxyCore } from '../../src/unleash/proxy/core.ts';
import { manualTimers, recordingLogger } from '../../src/unleash/tokens/testing.ts';
import { registryOf } from '../flagsmith/api.ts';

export const clientKey = 'client-key-of-the-tests';
export const serverToken = 'server-token-of-the-tests';
const startMs = Date.parse('2026-06-01T00:00:00Z');
const bulkPath = '/ofrep/v1/evaluate/flags';

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Record<string, never> & {
    readonly key?: string;
    readonly value?: unknown;
    readonly reason?: string;
    readonly variant?: string;
    readonly errorCode?: string;
    readonly errorDetails?: string;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly flags: readonly Entry[];
    readonly eventStreams?: readonly { readonly type: string; readonly url: string; inactivityDelaySec: number }[];
  };
  readonly reply: HttpReply;
}

export interface Entry {
  readonly key: string;
  readonly value?: unknown;
  readonly reason?: string;
  readonly variant?: string;
  readonly errorCode?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Ask {
  readonly method?: string;
  readonly body?: string | Uint8Array | object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string | null;
  readonly peer?: string;
}

/** Asks in many ways. */
export function asker(ofrep: Ofrep, key: string) {
  const ask = async (url: string, options: Ask = {}): Promise<Answer> => {
    const { method = 'POST', body, headers = {}, peer } = options;
    const credential = options.key === undefined ? key : options.key;
    const sent =
      body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const reply = await ofrep.respond(
      testRequest({
        method,
        url,
        headers: {
          host: 'flags.example:8080',
          ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
        ...(peer === undefined ? {} : { peer }),
      }),
    );
    const text = reply.body === null ? '' : Buffer.from(reply.body as string).toString();
    const lower = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const isJson = lower['content-type']?.startsWith('application/json') && lower['content-encoding'] === undefined;
    return { status: reply.status, headers: lower, text, json: isJson ? JSON.parse(text) : undefined, reply };
  };
  return {
    ask,
    single: (flag: string, context: unknown = {}, options: Ask = {}) =>
      ask(`${bulkPath}/${encodeURIComponent(flag)}`, { body: { context }, ...options }),
    bulk: (context: unknown = {}, options: Ask & { readonly query?: string } = {}) =>
      ask(`${bulkPath}${options.query ?? ''}`, { body: { context }, ...options }),
  };
}

/** A client of an event stream: what it was sent, and whether it is still there. */
export function reader(reply: HttpReply, takes: () => boolean = () => true) {
  const { stream } = reply;
  if (stream === undefined) throw new TypeError('no stream');
  let text = '';
  let state: 'open' | 'ended' | 'aborted' = 'open';
  const close = (how: 'ended' | 'aborted') => {
    if (state !== 'open') return;
    state = how;
    stream.closed();
  };
  const sink: ReplySink = {
    write(bytes) {
      text += Buffer.from(bytes).toString();
      return takes();
    },
    end: () => close('ended'),
    abort: () => close('aborted'),
  };
  stream.opened(sink);
  return {
    get text() {
      return text;
    },
    get state() {
      return state;
    },
    /** What came since the last look. */
    news() {
      const seen = text;
      text = '';
      return seen;
    },
    drained: () => stream.drained(),
    leave: () => close('ended'),
  };
}

interface ProxyOfrepOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: IProxyOption;
  readonly parts?: Partial<OfrepParts>;
  readonly isLoaded?: boolean;
  readonly random?: () => number;
}

/** OFREP over Unleash Proxy's flags. */
export async function proxyOfrep(document: unknown, given: ProxyOfrepOptions = {}) {
  const logger = recordingLogger();
  const { lines } = logger;
  const timers = manualTimers(startMs);
  const config = createProxyConfig(
    {
      unleashUrl: 'http://unleash.example/api',
      unleashApiToken: 'default:production.upstream-token',
      clientKeys: [clientKey, 'another-client-key'],
      expServerSideSdkConfig: { tokens: [serverToken] },
      logger,
      ...given.options,
    },
    given.environment ?? {},
  );
  let draws = 0;
  const random = given.random ?? (() => (draws++ % 97) / 97);
  const core = createProxyCore(config, {
    timers,
    random,
    hostname: 'machine-1',
    elapsedMs: () => 0,
    yieldNow: async () => {},
  });
  const load = (next: unknown) => core.loader.load(next, 'file');
  if (given.isLoaded ?? true) await load(document);
  const { ofrep: parts, handler } = assembleProxy(config, core.source);
  if (parts === undefined) throw new TypeError('no OFREP');
  const world = { now: timers.now, set: timers.set, random };
  const ofrep = createOfrepFor({ ...parts, world, ...given.parts });
  if (ofrep === undefined) throw new TypeError('OFREP is off');
  return { ...asker(ofrep, clientKey), ofrep, core, timers, load, handler, config, lines, parts };
}

/** OFREP over a Flagsmith environment with the keys `client` and `ser.client`. */
export function flagsmithOfrepOf(
  text: string | null,
  given: { readonly environment?: Readonly<Record<string, string>>; readonly mode?: 'proxy' | 'core' } = {},
) {
  const registry = registryOf(
    { client: { serverKey: 'ser.client', text } },
    { mode: given.mode ?? 'proxy', details: false },
  );
  const read = readConfig(
    '{"environment_key_pairs":[{"client_side_key":"client","server_side_key":"ser.client"}]}',
    {},
  );
  if (!read.ok) throw new TypeError(read.problems.join());
  const used: string[] = [];
  const timers = manualTimers(startMs);
  const service: Partial<FlagsmithService> = {
    registry,
    lastSuccessMs: () => startMs,
    onUsage: (key, resource) => used.push(`${key} ${resource}`),
    onEvaluated: (key, feature) => used.push(`${key} ${JSON.stringify([[feature, 1]])}`),
    refresh: async () => {},
  };
  const parts: Partial<FlagsmithParts> = {
    config: read.config,
    service: service as FlagsmithService,
    requests: { add: () => {} } as unknown as FlagsmithParts['requests'],
    logger: { log: (...words: unknown[]) => used.push(words.join(' ')) } as unknown as FlagsmithParts['logger'],
  };
  const options = readOfrepOptions(given.environment ?? {}, () => {});
  const world = { now: timers.now, set: timers.set, random: () => 0.5 };
  const built = flagsmithOfrep(parts as FlagsmithParts, options, null);
  const ofrep = createOfrepFor({ ...built, world });
  if (ofrep === undefined) throw new TypeError('OFREP is off');
  return { ...asker(ofrep, 'client'), ofrep, registry, used, timers, parts: built };
}

/** A flag of an Unleash document. */
export function flag(name: string, members: object = {}): object {
  return { name, enabled: true, project: 'default', strategies: [{ name: 'default' }], ...members };
}

/** A strategy for some share of users. */
export function rollout(percent: number, members: object = {}): object {
  const parameters = { rollout: String(percent), stickiness: 'default', groupId: 'group' };
  return { name: 'flexibleRollout', parameters, ...members };
}

/** A variant with a payload. */
export function variant(name: string, type?: string, value?: unknown, members: object = {}): object {
  return { name, weight: 1000, ...(type === undefined ? {} : { payload: { type, value } }), ...members };
}

export const set = (...features: object[]): object => ({ version: 2, features });
