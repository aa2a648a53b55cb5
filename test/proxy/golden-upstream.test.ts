/** The four recorded upstream requests: features, the same with a validator, registration, metrics. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillUpstream, fixture, golden } from '../support/golden.ts';
import { type Server, startServer } from '../support/server.ts';
import { isHalyard, subjects } from '../support/subjects.ts';
import { startUpstream, type Upstream, type UpstreamRequest } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ownSdk = /^[a-z][a-z-]*:\d+\.\d+\.\d+/;

const frontEndMetrics = {
  appName: 'web',
  instanceId: 'browser',
  bucket: {
    start: '2026-01-01T00:00:00.000Z',
    stop: '2026-01-01T00:01:00.000Z',
    toggles: { alpha: { yes: 3, no: 1, variants: { one: 2, disabled: 1 } } },
  },
};

const recorded = (name: string) => {
  const found = golden.upstreamExchanges.find((exchange) => exchange.name === name);
  if (!found) throw new Error(`nothing recorded as ${name}`);
  return found;
};

describe.each(subjects())('golden upstream requests: %s', (subject) => {
  let upstream: Upstream;
  let server: Server;
  let requests: Record<string, UpstreamRequest>;

  beforeAll(async () => {
    upstream = await startUpstream({ definitions: fixture('small') });
    const { env } = recorded('GET/api/client/features').config;
    server = await startServer(subject, { env: fillUpstream(env, upstream.origin) });
    const key = { authorization: 'k1' };
    const { bucket: wanted } = recorded('POST/api/client/metrics').request.body as unknown as Usage;
    const count = async () => {
      const before = upstream.of('metrics').length;
      expect((await server.postJson('/proxy/client/metrics', frontEndMetrics, key)).text).toBe('OK');
      expect((await server.postJson('/proxy', { toggles: ['alpha', 'beta', 'nope'] }, key)).status).toBe(200);
      const sent = (at: number) => eventually('usage', () => upstream.of('metrics')[before + at]);
      const first = await sent(0);
      if (isDeepStrictEqual((JSON.parse(first.body) as Usage).bucket.toggles, wanted.toggles)) return first;
      // The end of an interval came in between: the rest of it comes with the next one.
      await sent(1);
      return undefined;
    };
    const metrics = await eventually('usage of one interval', count);
    requests = await eventually('all four requests', () => {
      const [first, second] = upstream.of('features');
      const [register] = upstream.of('register');
      if (!first || !second || !register) return undefined;
      return {
        'GET/api/client/features': first,
        'GET/api/client/features+inm': second,
        'POST/api/client/register': register,
        'POST/api/client/metrics': metrics,
      };
    });
  });

  afterAll(async () => {
    await server?.stop();
    await upstream?.close();
  });

  it.each(golden.upstreamExchanges)('$name', ({ name, request: wanted }) => {
    const got = requests[name]!;
    expect(got.method).toBe(wanted.method);
    expect(got.path).toBe(wanted.path);
    const body = got.body === '' ? null : (JSON.parse(got.body) as Record<string, unknown>);
    if (isHalyard(subject)) {
      expect(lowerCased(got.headersInOrder)).toEqual(halyardHeaders(wanted.headersInOrder, got));
      expect(body).toEqual(wanted.body && halyardBody(wanted.body, got));
    } else {
      expect(got.headersInOrder.map(([header]) => header)).toEqual(wanted.headersInOrder.map(([header]) => header));
      expect(lowerCased(got.headersInOrder)).toEqual(originalHeaders(wanted.headersInOrder, got));
      expect(body).toEqual(wanted.body && filledBody(wanted.body));
    }
  });

  it.runIf(isHalyard(subject))('9.2 #19: one connection id everywhere', () => {
    const ids = Object.values(requests).map(({ headers }) => headers['unleash-connection-id']);
    expect(new Set(ids).size).toBe(1);
    for (const name of ['POST/api/client/register', 'POST/api/client/metrics']) {
      expect((JSON.parse(requests[name]!.body) as { connectionId: string }).connectionId).toBe(ids[0]);
    }
  });
});

interface Usage {
  readonly bucket: { readonly toggles: unknown };
}

type Pairs = readonly (readonly [string, string])[];

const lowerCased = (pairs: Pairs): Record<string, unknown> =>
  Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));

function originalHeaders(pairs: Pairs, got: UpstreamRequest): Record<string, unknown> {
  const headers = lowerCased(pairs);
  headers.host = got.headers.host;
  headers['unleash-connection-id'] = fill(String(headers['unleash-connection-id']));
  if ('content-length' in headers) headers['content-length'] = String(Buffer.byteLength(got.body));
  return headers;
}

/** The same, except row 19, and except what the runtime's HTTP client decides (order, case, accepted codings). */
function halyardHeaders(pairs: Pairs, got: UpstreamRequest): Record<string, unknown> {
  const headers = originalHeaders(pairs, got);
  headers['unleash-sdk'] = expect.stringMatching(ownSdk);
  headers['unleash-connection-id'] = expect.stringMatching(uuid);
  headers['accept-encoding'] = expect.stringContaining('gzip');
  if (headers['unleash-interval'] === 'undefined') headers['unleash-interval'] = '1500';
  return headers;
}

const filledBody = (body: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(JSON.stringify(body), (_key, value: unknown) => (typeof value === 'string' ? fill(value) : value));

function halyardBody(body: Readonly<Record<string, unknown>>, got: UpstreamRequest): unknown {
  const filled = filledBody(body) as Record<string, unknown>;
  if ('sdkVersion' in filled) filled.sdkVersion = got.headers['unleash-sdk'];
  return {
    ...filled,
    connectionId: got.headers['unleash-connection-id'],
    platformName: expect.stringMatching(/^(node|bun)$/),
  };
}

/** Turns the recording's placeholders into matchers. */
function fill(value: string): unknown {
  if (value === '{{UUID4}}') return expect.stringMatching(uuid);
  if (value === '{{ISO_TIME}}') return expect.stringMatching(isoTime);
  if (value === '{{NODE_VERSION}}') return expect.stringMatching(/^\d+\.\d+\.\d+/);
  if (value.endsWith('{{EPOCH_MS}}')) {
    return expect.stringMatching(new RegExp(`^${value.replace('{{EPOCH_MS}}', '\\d{13}')}$`));
  }
  return value;
}
