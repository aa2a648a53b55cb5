/** The 155 recorded exchanges, header by header and byte by byte, against every subject. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, type GoldenExchange, golden } from '../support/golden.ts';
import { type Server, startServer } from '../support/server.ts';
import { isHalyard, type Subject, subjects } from '../support/subjects.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { expectGolden, toRawRequest } from './golden/compare.ts';
import { elideTexts } from './golden/openapi.ts';
import { startOptionsFor } from './golden/start.ts';
import { intendedDifferences } from './intended-differences.ts';

/** Cases that share upstream data and configuration share one process, as when they were recorded. */
function groups(): Map<string, GoldenExchange[]> {
  const byConfig = new Map<string, GoldenExchange[]>();
  for (const exchange of golden.exchanges) {
    const key = `${exchange.upstreamFeatures} ${JSON.stringify(exchange.config)}`;
    byConfig.set(key, [...(byConfig.get(key) ?? []), exchange]);
  }
  return byConfig;
}

it('has the recorded 155 exchanges, and every intended difference names one', () => {
  expect(golden.exchanges).toHaveLength(155);
  const names = new Set(golden.exchanges.map(({ name }) => name));
  expect(names.size).toBe(155);
  expect(Object.keys(intendedDifferences.exchanges).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(subjects())('golden exchanges: %s', (subject: Subject) => {
  for (const [, exchanges] of groups()) {
    const first = exchanges[0]!;
    describe(`${first.upstreamFeatures ?? 'no upstream'}: ${first.name} and ${exchanges.length - 1} more`, () => {
      let upstream: Upstream;
      let server: Server;
      beforeAll(async () => {
        const { upstreamFeatures } = first;
        upstream = await startUpstream(upstreamFeatures === null ? {} : { definitions: fixture(upstreamFeatures) });
        server = await startServer(subject, startOptionsFor(first, upstream.origin));
      });
      afterAll(async () => {
        await server?.stop();
        await upstream?.close();
      });

      it.each(exchanges)('$name', async (exchange) => {
        const got = await server.request(toRawRequest(exchange.name, exchange.request));
        const difference = isHalyard(subject) ? intendedDifferences.exchanges[exchange.name] : undefined;
        if (difference?.check) return difference.check(exchange, got);
        if (exchange.name === 'openapi-json') return expectElided(exchange, got.status, got.headers, got.text);
        const expected = difference?.expected ? difference.expected(exchange) : exchange.response;
        expectGolden(exchange, expected, got);
      });
    });
  }
});

function expectElided(
  exchange: GoldenExchange,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): void {
  expect(status).toBe(exchange.response.status);
  expect(headers['content-type']).toBe(exchange.response.headers['content-type']);
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expect(elideTexts(JSON.parse(text))).toEqual(exchange.response.body);
}
