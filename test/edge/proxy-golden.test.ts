/**
 * The recorded exchanges of Unleash Proxy, asked of `/proxy` in edge mode. Differences are those of Proxy mode, the
 * order of toggles, which is by name here, and what edge mode leaves to its own endpoints.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { testRequest } from '../../src/http/testing.ts';
import type { HttpReply } from '../../src/http/types.ts';
import { expectGolden, toRawRequest } from '../proxy/golden/compare.ts';
import { intendedDifferences } from '../proxy/intended-differences.ts';
import { weakEtag } from '../support/etag.ts';
import { fixture, type GoldenExchange, type GoldenResponse, golden } from '../support/golden.ts';
import type { RawResponse } from '../support/http.ts';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, scriptedUpstream } from './harness.ts';

/** How each setting of Unleash Proxy is given to edge mode; those that are not here have no counterpart. */
const variables: Readonly<Record<string, string>> = {
  UNLEASH_PROXY_CLIENT_KEYS: 'UNLEASH_PROXY_CLIENT_KEYS',
  UNLEASH_PROXY_SECRETS: 'UNLEASH_PROXY_SECRETS',
  CLIENT_KEY_HEADER_NAME: 'CLIENT_KEY_HEADER_NAME',
  UNLEASH_APP_NAME: 'UNLEASH_APP_NAME',
  UNLEASH_ENVIRONMENT: 'UNLEASH_ENVIRONMENT',
  PROXY_BASE_PATH: 'BASE_PATH',
  clientKeys: 'UNLEASH_PROXY_CLIENT_KEYS',
};
/** Settings that say nothing about the answers below `/proxy`. */
const immaterial = new Set(['unleashUrl', 'unleashApiToken', 'UNLEASH_URL', 'UNLEASH_API_TOKEN']);
/** Served by Edge under paths of its own: definitions for servers, metrics for Prometheus, the description of the API. */
const elsewhere = /\/client\/features|\/internal-backstage\/|\/docs\//;
const exceptions: Readonly<Record<string, string>> = {
  'get-root-404': 'a path of Edge',
  'options-unknown-path': 'a path of Edge',
  'base-path-old-path-404': 'a path of Edge',
  'eval-head-query-ignored': 'its tag is that of a list in another order',
  'client-keys-trailing-space-not-trimmed-401': 'Edge trims the items of all its lists',
};

const settingsOf = ({ config }: GoldenExchange) => (config.kind === 'env' ? config.env : config.options);
const client = '*:development.client';

const exchanges = golden.exchanges.filter((exchange) => {
  const { config, request } = exchange;
  if (('extension' in config && config.extension) || exchange.name in exceptions) return false;
  if (elsewhere.test(request.path)) return false;
  const known = (name: string) =>
    immaterial.has(name) ||
    name in variables ||
    ['enableAllEndpoint', 'expServerSideSdkConfig', 'ENABLE_OAS'].includes(name);
  // Server tokens of Unleash Proxy may report too; here they have Edge's own client API.
  return Object.keys(settingsOf(exchange)).every(known) && !JSON.stringify(request).includes('srv');
});

async function edgeFor(exchange: GoldenExchange) {
  const settings = settingsOf(exchange);
  const environment: Record<string, string> = { HALYARD_BODY_LIMIT: '102400' };
  for (const [name, value] of Object.entries(settings)) {
    const variable = variables[name];
    if (variable !== undefined) environment[variable] = String(value);
  }
  if (settings.enableAllEndpoint !== true) environment.DISABLE_ALL_ENDPOINT = 'true';
  const upstream = scriptedUpstream();
  const { upstreamFeatures } = exchange;
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  if (upstreamFeatures === null) upstream.fetch = 'network';
  else upstream.features.set(client, fixture(upstreamFeatures));
  const edge = await edgeInMemory(['--strict', '--tokens', client], upstream, undefined, environment);
  await edge.start();
  if (upstreamFeatures !== null) {
    const health = `${edge.core.settings.basePath}/proxy/health`;
    await eventually('flags below /proxy', async () => (await edge.call(health)).status === 200);
  }
  return edge;
}

/** Toggles in the order of their names, which look like numbers first; the tag follows the body. */
function inOrder(exchange: GoldenExchange, response: GoldenResponse): GoldenResponse {
  const body = response.body as { toggles?: { name: string }[] } | null;
  const asked = (exchange.request.body as { toggles?: unknown[] } | undefined)?.toggles;
  if (!Array.isArray(body?.toggles) || (Array.isArray(asked) && asked.length > 0)) return response;
  const sorted = { ...body, toggles: body.toggles.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  const { etag } = response.headers;
  return {
    ...response,
    headers: { ...response.headers, ...(etag === undefined ? {} : { etag: weakEtag(JSON.stringify(sorted)) }) },
    body: sorted,
  };
}

function toRawResponse(method: string, reply: HttpReply): RawResponse {
  const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const wire = Buffer.from(reply.body ?? '');
  if (method === 'OPTIONS' && reply.body !== null) headers['content-length'] = String(wire.length);
  const coding = headers['content-encoding'];
  const body = coding === 'br' ? brotliDecompressSync(wire) : coding === 'gzip' ? gunzipSync(wire) : wire;
  return { status: reply.status, headers, body, text: body.toString(), wireLength: wire.length } as RawResponse;
}

describe('exchanges of Unleash Proxy below /proxy in edge mode', () => {
  it.each(exchanges)('$name', async (exchange) => {
    const edge = await edgeFor(exchange);
    const { method = 'GET', path, headers = {}, body } = toRawRequest(exchange.name, exchange.request);
    const reply = await edge.handler(
      testRequest({
        method,
        url: path,
        headers: headers as Record<string, string>,
        ...(body === undefined ? {} : { body: body as string }),
        peer: exchange.note?.includes('::ffff') ? '::ffff:127.0.0.1' : '127.0.0.1',
      }),
    );
    await edge.stop(0);
    const got = toRawResponse(method, reply);
    const difference = intendedDifferences.exchanges[exchange.name];
    if (difference?.check) return difference.check(exchange, got);
    const expected = difference?.expected ? difference.expected(exchange) : exchange.response;
    expectGolden(exchange, inOrder(exchange, expected), got);
  });

  it('names only exceptions that exist', () => {
    const names = golden.exchanges.map(({ name }) => name);
    expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('covers most of them', () => expect(exchanges.length).toBeGreaterThan(100));
});
