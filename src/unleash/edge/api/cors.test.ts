import { describe, expect, test } from 'vitest';
import type { CorsDecision } from '../../../http/cors.ts';
import { testRequest } from '../../../http/testing.ts';
import { createEdgeCors, type EdgeCorsOptions } from './cors.ts';

function decide(options: Partial<EdgeCorsOptions>, method: string, headers: Record<string, string>): CorsDecision {
  const cors = createEdgeCors({ maxAgeSeconds: 60, ...options });
  return cors(testRequest({ method, url: '/api/frontend', headers })) as CorsDecision;
}

const asking = { 'access-control-request-method': 'GET' };

describe('cross-origin rules', () => {
  test('an origin is named only where one asks', () => {
    expect(decide({}, 'GET', {}).headers).not.toHaveProperty('Access-Control-Allow-Origin');
    expect(decide({}, 'GET', { origin: 'https://a' }).headers).toMatchObject({ 'Access-Control-Allow-Origin': '*' });
    const listed = { origins: ['https://a'] };
    expect(decide(listed, 'GET', { origin: 'https://a' }).headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://a',
      'Access-Control-Allow-Credentials': 'true',
    });
    expect(decide(listed, 'GET', { origin: 'https://b' }).headers).not.toHaveProperty('Access-Control-Allow-Origin');
  });

  test('an OPTIONS that names no method goes on to the routes', () => {
    expect(decide({}, 'OPTIONS', { origin: 'https://a' }).preflight).toBeUndefined();
    expect(decide({}, 'OPTIONS', asking).preflight).toMatchObject({ status: 200 });
  });

  test.each([
    [{ origins: ['https://a'] }, {}, 'Request header `Origin` is required but was not provided'],
    [{ origins: ['https://a'] }, { origin: 'https://b' }, 'Origin is not allowed to make this request'],
    [{ methods: ['POST'] }, {}, 'Requested method is not allowed'],
    [{ allowedHeaders: ['x-a'] }, { 'access-control-request-headers': 'x-b' }, 'One or more request headers are not'],
    [{ allowedHeaders: ['x-a'] }, { 'access-control-request-headers': ',' }, 'has an invalid value'],
  ])('%j refuses %j', (options, headers, reason) => {
    const { preflight } = decide(options, 'OPTIONS', { ...asking, ...headers });
    expect(preflight?.status).toBe(400);
    expect(preflight?.body).toContain(reason);
  });
});
