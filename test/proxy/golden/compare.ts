/** Compares a reply with a recorded one: status, every header, the body byte by byte, and the ETag with the body. */
import { expect } from 'vitest';
import { weakEtag } from '../../support/etag.ts';
import type { GoldenExchange, GoldenRequest, GoldenResponse } from '../../support/golden.ts';
import type { RawRequest, RawResponse } from '../../support/http.ts';

/** Left out of the recording (`meta.note`), because they belong to the connection and not to the answer. */
const connectionHeaders = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

export function toRawRequest(name: string, request: GoldenRequest): RawRequest {
  const { method, path, headers = {}, body, bodyRaw } = request;
  const text = bodyRaw === undefined ? (body === undefined ? undefined : JSON.stringify(body)) : expand(name, bodyRaw);
  return { method, path, headers: { ...headers }, ...(text === undefined ? {} : { body: text }) };
}

/** `<letter a repeated so that the whole body is N bytes>` stands for that many letters. */
function expand(name: string, bodyRaw: string): string {
  const marker = /<letter a repeated so that the whole body is (\d+) bytes>/.exec(bodyRaw);
  if (!marker) return bodyRaw;
  const length = Number(marker[1]) - (bodyRaw.length - marker[0].length);
  const body = bodyRaw.replace(marker[0], 'a'.repeat(length));
  expect(Buffer.byteLength(body), `${name}: body built for the marker`).toBe(Number(marker[1]));
  return body;
}

export function comparableHeaders(method: string, response: RawResponse): Record<string, string> {
  const keepsLength = method === 'HEAD' || method === 'OPTIONS';
  return Object.fromEntries(
    Object.entries(response.headers).filter(
      ([name]) => !connectionHeaders.has(name) && (name !== 'content-length' || keepsLength),
    ),
  );
}

export const bodyText = (body: unknown): string =>
  body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);

export function expectGolden(exchange: GoldenExchange, expected: GoldenResponse, got: RawResponse): void {
  const { method } = exchange.request;
  const volatileBody = exchange.volatile?.some((entry) => entry.startsWith('response.body')) ?? false;
  const volatileEtag = exchange.volatile?.includes('response.headers.etag') ?? false;
  const headers = comparableHeaders(method, got);
  const wanted: Record<string, string> = { ...expected.headers };
  if (volatileEtag) wanted.etag = weakEtag(got.body);
  expect(got.status, `status of ${exchange.name}; body: ${got.text.slice(0, 300)}`).toBe(expected.status);
  expect(headers, `headers of ${exchange.name}`).toEqual(wanted);
  if (volatileBody) expectVolatileBody(expected.body, got.text);
  else expect(got.text, `body of ${exchange.name}`).toBe(bodyText(expected.body));
  if (headers.etag !== undefined && method !== 'HEAD' && got.status !== 304)
    expect(headers.etag).toBe(weakEtag(got.body));
  expectFraming(method, got);
}

/** The two volatile bodies: the JSON parser's own words, and the two times in the Prometheus page. */
function expectVolatileBody(recorded: unknown, got: string): void {
  if (typeof recorded === 'string') {
    expect(withoutTimes(got)).toBe(withoutTimes(recorded));
    return;
  }
  const { error: wanted } = recorded as { error: string };
  const body = JSON.parse(got) as { error: string };
  expect(Object.keys(body)).toEqual(['error']);
  const quoted = wanted.indexOf('"');
  expect(body.error.slice(0, quoted + 1)).toBe(wanted.slice(0, quoted + 1));
  expect(body.error.endsWith('"')).toBe(true);
}

export const withoutTimes = (page: string): string => page.replace(/(_epoch_timestamp_ms) \d{12,}/g, '$1 <time>');

function expectFraming(method: string, got: RawResponse): void {
  const length = got.headers['content-length'];
  if (length !== undefined && method !== 'HEAD' && got.status !== 304) expect(Number(length)).toBe(got.wireLength);
}
