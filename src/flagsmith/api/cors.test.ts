import { describe, expect, it } from 'vitest';
import { request } from '../../../test/flagsmith/requests.ts';
import { createCorsRules } from './cors.ts';

const everyone = createCorsRules(['*'], []);
const listed = createCorsRules(['https://a', 'https://b'], ['X-Time']);
const get = (headers: Record<string, string>) => request('GET', '/x', headers);
const options = (headers: Record<string, string>) => request('OPTIONS', '/x', headers);
const credentials = { 'Access-Control-Allow-Credentials': 'true' };

describe('simple requests', () => {
  it('without an origin get nothing', () => {
    expect(everyone.headers(get({}))).toBe(null);
  });

  it('get the wildcard, and with cookies their own origin', () => {
    expect(everyone.headers(get({ origin: 'https://z' }))).toEqual({
      ...credentials,
      'Access-Control-Allow-Origin': '*',
    });
    expect(everyone.headers(get({ origin: 'https://z', cookie: 'a=b' }))).toEqual({
      ...credentials,
      'Access-Control-Allow-Origin': 'https://z',
      Vary: 'Origin',
    });
  });

  it('get their origin when it is listed', () => {
    const common = { ...credentials, 'Access-Control-Expose-Headers': 'X-Time' };
    expect(listed.headers(get({ origin: 'https://z' }))).toEqual(common);
    expect(listed.headers(get({ origin: 'https://b' }))).toEqual({
      ...common,
      'Access-Control-Allow-Origin': 'https://b',
      Vary: 'Origin',
    });
  });
});

describe('preflights', () => {
  const asked = {
    origin: 'https://z',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'x-environment-key,flagsmith-sdk-user-agent,content-type,x-custom',
  };

  it('are OPTIONS requests with both headers', () => {
    expect(everyone.preflight(get(asked))).toBe(null);
    expect(everyone.preflight(options({ origin: 'https://z' }))).toBe(null);
    expect(everyone.preflight(options({ 'access-control-request-method': 'GET' }))).toBe(null);
  });

  it('are granted with whatever headers were asked for', () => {
    expect(everyone.preflight(options(asked))).toEqual({
      status: 200,
      body: 'OK',
      headers: {
        ...credentials,
        Vary: 'Origin',
        'Content-Type': 'text/plain; charset=utf-8',
        'Access-Control-Allow-Methods': 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
        'Access-Control-Max-Age': '600',
        'Access-Control-Allow-Origin': 'https://z',
        'Access-Control-Allow-Headers': asked['access-control-request-headers'],
      },
    });
  });

  it('are refused for unknown methods and unlisted origins', () => {
    const odd = everyone.preflight(options({ ...asked, 'access-control-request-method': 'BREW' }));
    expect([odd?.status, odd?.body]).toEqual([400, 'Disallowed CORS method']);
    const foreign = listed.preflight(options(asked));
    expect([foreign?.status, foreign?.body]).toEqual([400, 'Disallowed CORS origin']);
    expect(foreign?.headers['Access-Control-Allow-Origin']).toBeUndefined();
  });
});
