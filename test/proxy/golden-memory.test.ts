/** The recorded exchanges through the handler, without a socket. Differences are those of the socket tests. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createProxyConfig } from '../../src/config/proxy-config.ts';
import { testRequest } from '../../src/http/testing.ts';
import type { HttpReply } from '../../src/http/types.ts';
import { assembleProxy, createService, createServiceEnvironment } from '../../src/library/assemble.ts';
import type { IProxyOption } from '../../src/unleash/proxy/config-types.ts';
import { fixture, type GoldenExchange, golden } from '../support/golden.ts';
import type { RawResponse } from '../support/http.ts';
import { expectGolden, toRawRequest } from './golden/compare.ts';
import { intendedDifferences } from './intended-differences.ts';

const withUrl = (text: string) => text.replace('{{UPSTREAM}}', 'http://upstream.invalid');

/** The handler for an exchange's configuration, with its fixture loaded as if upstream had delivered it. */
async function handlerFor({ config, upstreamFeatures }: GoldenExchange) {
  const options = config.kind === 'options' ? config.options : {};
  const env = config.kind === 'env' ? config.env : {};
  const resolved = createProxyConfig(
    {
      ...(options as IProxyOption),
      ...('unleashUrl' in options ? { unleashUrl: withUrl(String(options.unleashUrl)) } : {}),
    },
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, withUrl(value)])),
  );
  const environment = {
    ...createServiceEnvironment(resolved),
    storage: { get: async () => undefined, set: async () => undefined },
    send: async () => {
      if (upstreamFeatures === null) throw new Error('nothing listens there');
      const body = new TextEncoder().encode(JSON.stringify(fixture(upstreamFeatures)));
      return { status: 200, header: () => undefined, body };
    },
  };
  const service = createService(resolved, environment);
  service.start();
  if (upstreamFeatures !== null) await service.ready;
  return { service, handler: assembleProxy(resolved, service.source).handler };
}

function toRawResponse(method: string, reply: HttpReply): RawResponse {
  const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const wire = Buffer.from(reply.body ?? '');
  // Hosts add the length of a body; the recording has it for OPTIONS only.
  if (method === 'OPTIONS' && reply.body !== null) headers['content-length'] = String(wire.length);
  const coding = headers['content-encoding'];
  const body = coding === 'br' ? brotliDecompressSync(wire) : coding === 'gzip' ? gunzipSync(wire) : wire;
  return { status: reply.status, headers, body, text: body.toString(), wireLength: wire.length } as RawResponse;
}

const exchanges = golden.exchanges.filter(
  ({ name, config }) => !('extension' in config && config.extension) && name !== 'openapi-json',
);

describe('golden exchanges in memory', () => {
  it.each(exchanges)('$name', async (exchange) => {
    const { handler, service } = await handlerFor(exchange);
    const { method = 'GET', path, headers = {}, body } = toRawRequest(exchange.name, exchange.request);
    const dualStack = exchange.note?.includes('::ffff') ?? false;
    const reply = await handler(
      testRequest({
        method,
        url: path,
        headers: headers as Record<string, string>,
        ...(body === undefined ? {} : { body: body as string }),
        peer: dualStack ? '::ffff:127.0.0.1' : '127.0.0.1',
      }),
    );
    await service.stop(0);
    const got = toRawResponse(method, reply);
    const difference = intendedDifferences.exchanges[exchange.name];
    if (difference?.check) return difference.check(exchange, got);
    expectGolden(exchange, difference?.expected ? difference.expected(exchange) : exchange.response, got);
  });

  it('covers nearly everything', () => expect(exchanges.length).toBeGreaterThan(145));
});
